-- For wrk: one address after the other. The key comes from the command line, as a header.
wrk.method = "POST"
wrk.body = '{"owner":"bench"}'
wrk.headers["Content-Type"] = "application/json"
