#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "11_06_xml_rpc/xml/characters.hpp"
#include "local_time.hpp"
#include "methods.hpp"

namespace cookbook::xml_rpc_service {
namespace {

constexpr std::size_t max_names = 10'000;

/// What is wrong with a path; the original's codes.
enum FileFault : std::int64_t {
    leads_out = 2,
    cannot_be_listed = 3,
    cannot_be_looked_at = 4,
};

/// Calls `use(*root)`. What it throws becomes a fault: leads_out, or `code`.
template <typename Use>
auto use_root(const ConfinedFolder* root, FileFault code, Use use) {
    if (root == nullptr) {
        throw Fault(code, "this server has no files");
    }
    try {
        return use(*root);
    } catch (const LeadsOut&) {
        throw Fault(leads_out, "the path leads out of the root");
    } catch (const std::system_error& failure) {
        throw Fault(code, failure.code().message());
    } catch (const std::length_error& failure) {
        throw Fault(code, failure.what());
    }
}

/// A name as text, or as bytes if no document can carry that.
Value name_to_value(std::string name) {
    if (xml_rpc::find_forbidden(name) != std::string_view::npos) {
        return xml_rpc::Bytes{std::move(name)};
    }
    return name;
}

std::vector<Value> list_names(const ConfinedFolder* root, const std::optional<std::string>& path) {
    return use_root(root, cannot_be_listed, [&](const ConfinedFolder& folder) {
        std::vector<Value> values;
        for (std::string& name : folder.names(path.value_or("."), max_names)) {
            values.push_back(name_to_value(std::move(name)));
        }
        return values;
    });
}

Struct describe_file(const ConfinedFolder* root, const std::string& path) {
    return use_root(root, cannot_be_looked_at, [&](const ConfinedFolder& folder) -> Struct {
        const struct ::stat status = folder.status(path);
        return {{"filename", path},
                {"size", std::int64_t{status.st_size}},
                {"modified", to_date_time(status.st_mtime)},
                {"accessed", to_date_time(status.st_atime)},
                {"is_file", S_ISREG(status.st_mode)},
                {"is_dir", S_ISDIR(status.st_mode)}};
    });
}

}  // namespace

void add_files(MethodTable& table, const ConfinedFolder* root) {
    table.add(
        "file.list",
        "The names in a folder (\".\"), sorted; base64 for a name that XML cannot carry.",
        [root](const std::optional<std::string>& path) { return list_names(root, path); }, "files");
    table.add(
        "file.info", "Size, times and kind of a file.",
        [root](const std::string& path) { return describe_file(root, path); }, "files");
}

}  // namespace cookbook::xml_rpc_service
