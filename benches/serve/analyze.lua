-- For wrk: the bodies of a file in turn, each thread from the first.
--   wrk -t1 -c16 -d20s -s analyze.lua http://127.0.0.1:8080 -- BODIES.jsonl [PAUSE_MS]
-- With a pause, each connection waits between an answer and its next request for a random time, on average that many
-- milliseconds and spread as between independent readers: c connections then ask at most 1000 c / pause times a second.
local bodies, at, pause = {}, 0, nil
local headers = { ["Content-Type"] = "application/json" }

function init(args)
  for line in assert(io.open(args[1])):lines() do
    bodies[#bodies + 1] = wrk.format("POST", "/v1alpha1/comments:analyze", headers, line)
  end
  assert(#bodies > 0, "no bodies")
  pause = tonumber(args[2])
  if pause then
    math.randomseed(1)
    delay = function() return math.floor(-pause * math.log(1 - math.random()) + 0.5) end
  end
end

function request()
  at = at % #bodies + 1
  return bodies[at]
end

-- One line for scripts: what wrk's own table lacks.
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    "requests %d seconds %.3f rate %.0f p50_us %d p99_us %d p999_us %d max_us %d failed %d",
    summary.requests, summary.duration / 1e6, summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
