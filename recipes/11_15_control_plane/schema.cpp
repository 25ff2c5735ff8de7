#include "schema.hpp"

namespace cookbook::control_plane {

const rest_api::Migrations& migrations() {
    // Addresses are texts of to_key(). A pool counts its leases and resting addresses, so that to
    // list it is not to count a million rows. A free range is found by its end, which stays where
    // it is when addresses are taken from its beginning: no index changes then.
    static const rest_api::Migrations all = {
        {
            R"(CREATE TABLE pools (name [text] PRIMARY KEY, cidr [text] NOT NULL,
                   first [text] NOT NULL UNIQUE, last [text] NOT NULL,
                   reserved [text] NOT NULL, cooldown [number] NOT NULL, ttl [number] NOT NULL,
                   note [text] NOT NULL, held [number] NOT NULL, resting [number] NOT NULL))",
            R"(CREATE TABLE leases (address [text] PRIMARY KEY,
                   pool [text] NOT NULL REFERENCES pools (name), owner [text] NOT NULL,
                   note [text] NOT NULL, key [text] NOT NULL,
                   since [number] NOT NULL, expires [number] NOT NULL))",
            "CREATE INDEX leases_owner ON leases (owner, address)",
            "CREATE INDEX leases_pool ON leases (pool, address)",
            "CREATE INDEX leases_key ON leases (key, address) WHERE key <> ''",
            "CREATE INDEX leases_expires ON leases (expires) WHERE expires > 0",
            R"(CREATE TABLE free (pool [text] NOT NULL, first [text] NOT NULL, last [text] NOT NULL,
                   PRIMARY KEY (pool, last)))",
            R"(CREATE TABLE resting (address [text] PRIMARY KEY, pool [text] NOT NULL,
                   until [number] NOT NULL))",
            "CREATE INDEX resting_until ON resting (until)",
            "CREATE INDEX resting_pool ON resting (pool)",
            R"(CREATE TABLE events (seq [number] PRIMARY KEY, pool [text] NOT NULL,
                   body [text] NOT NULL))",
            "CREATE INDEX events_pool ON events (pool, seq)",
            "CREATE TABLE counter (seq [number] NOT NULL)",
            "INSERT INTO counter (seq) VALUES (0)",
        },
    };
    return all;
}

}  // namespace cookbook::control_plane
