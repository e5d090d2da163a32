-- For wrk: sends bodies in turn. Environment: BODIES (path before the copy's number), COPIES, ENDING (.lp or .lp.gz), TOKEN.
local bodies, copies, at = {}, tonumber(os.getenv("COPIES")), 0

function init()
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Token " .. os.getenv("TOKEN")
  if os.getenv("ENDING") == ".lp.gz" then wrk.headers["Content-Encoding"] = "gzip" end
  for copy = 0, copies - 1 do
    local file = assert(io.open(os.getenv("BODIES") .. "." .. copy .. os.getenv("ENDING"), "rb"))
    wrk.body = file:read("*a")
    file:close()
    bodies[copy + 1] = wrk.format()
  end
end

function request()
  at = at % copies + 1
  return bodies[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%.4f,"refused":%d,"broken":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
