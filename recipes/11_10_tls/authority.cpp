// Certificates of RFC 5280, as strictly as X509_V_FLAG_X509_STRICT and Python's default context
// want them.
#include "authority.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "pem.hpp"
#include "require.hpp"

namespace cookbook::tls {
namespace {

struct FreePart {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename Object>
using Part = std::unique_ptr<Object, FreePart>;

/// Passes on what OpenSSL has returned, if that is no failure.
template <typename Result>
Result made(Result result) {
    return require(result, "make a certificate");
}

/// An end entity's certificate, an authority that signs those only, or one that signs authorities.
enum class Kind { leaf, intermediate, root };

void add(X509* certificate, X509V3_CTX& context, int id, const char* value) {
    const Part<X509_EXTENSION> extension(made(X509V3_EXT_conf_nid(nullptr, &context, id, value)));
    made(X509_add_ext(certificate, extension.get(), -1));
}

/// Not by a text such as "DNS:name,IP:address": a comma in a name would add names of its own.
void add_names(X509* certificate, const std::vector<std::string>& names) {
    const Part<GENERAL_NAMES> list(made(GENERAL_NAMES_new()));
    for (const std::string& name : names) {
        error_code no_address;
        boost::asio::ip::make_address(name, no_address);
        GENERAL_NAME* const entry = made(a2i_GENERAL_NAME(
            nullptr, nullptr, nullptr, no_address ? GEN_DNS : GEN_IPADD, name.c_str(), 0));
        made(sk_GENERAL_NAME_push(list.get(), entry));
    }
    made(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT));
}

/// `issuer` is the certificate itself if it is self-signed.
void add_extensions(X509* certificate, X509* issuer, Kind kind, const Subject& subject) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const bool leaf = kind == Kind::leaf;
    add(certificate, context, NID_basic_constraints,
        leaf                         ? "critical,CA:FALSE"
        : kind == Kind::intermediate ? "critical,CA:TRUE,pathlen:0"
                                     : "critical,CA:TRUE");
    add(certificate, context, NID_key_usage,
        leaf ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
    add(certificate, context, NID_subject_key_identifier, "hash");
    add(certificate, context, NID_authority_key_identifier, "keyid:always");
    if (leaf) {
        add(certificate, context, NID_ext_key_usage,
            subject.purpose == Purpose::server ? "serverAuth" : "clientAuth");
        if (!subject.names.empty()) {
            add_names(certificate, subject.names);
        }
    }
}

/// Random, so that nobody can guess what will be signed: 64 bits at least (CA/Browser Forum, 7.1).
void set_serial(X509* certificate) {
    constexpr int bits = 127;  // the highest is 1: a serial is a positive number
    const Part<BIGNUM> serial(made(BN_new()));
    made(BN_rand(serial.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
    made(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)));
}

void set_time(ASN1_TIME* time, std::chrono::seconds from_now) {
    made(X509_gmtime_adj(time, from_now.count()));
}

/// Signed by `issuer` with its key; by itself, with its own, if `issuer` is null.
Owned<X509> make_certificate(const Subject& subject, Kind kind, EVP_PKEY* key, X509* issuer,
                             EVP_PKEY* issuer_key) {
    Owned<X509> certificate(made(X509_new()));
    made(X509_set_version(certificate.get(), X509_VERSION_3));
    set_serial(certificate.get());
    set_time(X509_getm_notBefore(certificate.get()), subject.not_before);
    set_time(X509_getm_notAfter(certificate.get()), subject.not_after);
    made(X509_set_pubkey(certificate.get(), key));

    const auto* name = reinterpret_cast<const unsigned char*>(subject.common_name.c_str());
    made(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                                    MBSTRING_UTF8, name, -1, -1, 0));
    if (issuer == nullptr) {
        issuer = certificate.get();
        issuer_key = key;
    }
    made(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)));
    add_extensions(certificate.get(), issuer, kind, subject);
    made(X509_sign(certificate.get(), issuer_key, EVP_sha256()));
    return certificate;
}

Owned<EVP_PKEY> make_key() {
    return Owned<EVP_PKEY>(made(EVP_EC_gen("P-256")));
}

std::string pem_of(const X509* certificate) {
    return to_pem([&](BIO* memory) { return PEM_write_bio_X509(memory, certificate); });
}

std::string pem_of(const EVP_PKEY* key) {
    return to_pem([&](BIO* memory) {
        return PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Owned<X509> next_certificate(BIO* pem) {
    return Owned<X509>(
        require(PEM_read_bio_X509(pem, nullptr, no_passphrase, nullptr), "read an authority"));
}

Subject authority_named(const std::string& name) {
    return {.common_name = name, .names = {}, .not_after = std::chrono::days(3650)};
}

}  // namespace

Authority::Authority(const std::string& name) : intermediate_key_(make_key()) {
    const Owned<EVP_PKEY> root_key = make_key();  // signs once, and is gone
    const Owned<X509> root = make_certificate(authority_named(name + " root"), Kind::root,
                                              root_key.get(), nullptr, nullptr);
    root_ = pem_of(root.get());
    intermediate_ = make_certificate(authority_named(name + " intermediate"), Kind::intermediate,
                                     intermediate_key_.get(), root.get(), root_key.get());
}

Authority::Authority(std::string root, Owned<EVP_PKEY> key, Owned<X509> intermediate)
    : root_(std::move(root)),
      intermediate_key_(std::move(key)),
      intermediate_(std::move(intermediate)) {}

Authority Authority::from_pem(const std::string& pem) {
    const std::string what = "read an authority";
    const Owned<BIO> memory(
        require(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), what));
    const Owned<X509> root = next_certificate(memory.get());
    Owned<X509> intermediate = next_certificate(memory.get());
    Owned<EVP_PKEY> key(
        require(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr), what));
    require(X509_check_private_key(intermediate.get(), key.get()), what);
    return {pem_of(root.get()), std::move(key), std::move(intermediate)};
}

std::string Authority::to_pem() const {
    return root_ + pem_of(intermediate_.get()) + pem_of(intermediate_key_.get());
}

IssuedCertificate Authority::issue(const Subject& subject) const {
    const Owned<EVP_PKEY> key = make_key();
    const Owned<X509> leaf = make_certificate(subject, Kind::leaf, key.get(), intermediate_.get(),
                                              intermediate_key_.get());
    const std::string pem = pem_of(leaf.get());
    return {.leaf = pem, .chain = pem + pem_of(intermediate_.get()), .key = pem_of(key.get())};
}

IssuedCertificate self_signed(const Subject& subject) {
    const Owned<EVP_PKEY> key = make_key();
    const std::string pem =
        pem_of(make_certificate(subject, Kind::leaf, key.get(), nullptr, nullptr).get());
    return {.leaf = pem, .chain = pem, .key = pem_of(key.get())};
}

}  // namespace cookbook::tls
