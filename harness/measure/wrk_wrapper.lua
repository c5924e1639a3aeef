-- Runs a workload's own script inside wrk, unchanged, and reports the run when it is over.
--
-- Around the script three things are added. The Host field is "localhost" whatever the port, so that
-- every server is sent the same bytes. wrk.format() writes the fields in the order of their names:
-- wrk's own takes them as pairs() does, which LuaJIT shuffles from process to process. And done(), which wrk calls once in its main thread, writes two
-- lines of JSON to BACKBENCH_DATA: first the counters, then every recorded response time with its
-- count, which latency(i) walks from the shortest. A script's own done() still runs, after that.
--
-- latency:percentile() is not used (100 gives 0). Each step of the walk starts again at the lowest
-- value, so the walk is skipped where it would take seconds, and says so.

local walk_limit = 5e9

wrk.headers["Host"] = "localhost"

-- As wrk documents it: what is not given is taken from the table wrk. Host goes first (RFC 9110, 7.2).
function wrk.format(method, path, headers, body)
   headers = headers or wrk.headers
   body = body or wrk.body
   headers["Host"] = headers["Host"] or wrk.headers["Host"]
   headers["Content-Length"] = body and #body
   local names = {}
   for name in pairs(headers) do
      if name ~= "Host" then
         names[#names + 1] = name
      end
   end
   table.sort(names)
   table.insert(names, 1, "Host")
   local lines = { (method or wrk.method) .. " " .. (path or wrk.path) .. " HTTP/1.1" }
   for _, name in ipairs(names) do
      lines[#lines + 1] = name .. ": " .. headers[name]
   end
   return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

dofile(os.getenv("BACKBENCH_SCRIPT"))

local own_done = done

local function counters(summary)
   local errors = summary.errors
   return string.format(
      '{"requests":%.0f,"duration_us":%.0f,"bytes":%.0f,"errors":{"connect":%.0f,"read":%.0f,' ..
         '"write":%.0f,"status":%.0f,"timeout":%.0f}}\n',
      summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write,
      errors.status, errors.timeout)
end

local function response_times(latency)
   local values = #latency
   if values * (latency.max - latency.min) > walk_limit then
      return '{"why":"range too wide: wrk would take seconds to list its response times"}\n'
   end
   local bins = {}
   for i = 1, values do
      bins[i] = string.format("[%.0f,%.0f]", latency(i))
   end
   return '{"response_us":[' .. table.concat(bins, ",") .. "]}\n"
end

function done(summary, latency, requests)
   local data = assert(io.open(os.getenv("BACKBENCH_DATA"), "w"))
   data:write(counters(summary))
   data:flush()
   data:write(response_times(latency))
   data:close()
   if own_done then
      own_done(summary, latency, requests)
   end
end
