-- For wrk: one product after the other. The key comes from the command line, as a header.
wrk.method = "POST"
wrk.body = '{"name":"Tea","price":4.55,"stock":3,"category":"drinks"}'
wrk.headers["Content-Type"] = "application/json"
