-- What the benchmark's backend answers. The user name says how long the user takes, the password what comes of it:
--
--   d20-user000001     answered after 20 ms
--   h10000-user000001  a push: the person taps "approve" after 10,000 ms
--   password 000000    refused, any other accepted
--
-- Two dialects. The edge API (POST /v1/logins, /v1/polls) has tickets, so the edge asks again while a person takes
-- her time. rlm_rest (POST /auth) knows only one question and one answer, so there the answer takes that long.
local json = require "cjson.safe"

local REFUSED_PASSWORD = "000000"
local POLL_AFTER_MS = 1000 -- how often a real backend lets an edge ask about a push
local SHORTEST_POLL_MS = 20

local answers = {}

local function send(status, body)
  ngx.status = status
  ngx.header["Content-Length"] = #body
  ngx.print(body)
end

local function question()
  ngx.req.read_body()
  return json.decode(ngx.req.get_body_data() or "")
end

-- "d" or "h", and seconds
local function pace(user_name)
  local kind, milliseconds = string.match(user_name or "", "^([dh])(%d+)%-")
  return kind, (tonumber(milliseconds) or 0) / 1000
end

local function result(login_id, nonce, rest)
  return '{"version":1,"login_id":"' .. login_id .. '","nonce":"' .. nonce .. '",' .. rest .. '}'
end

local function decided(login_id, nonce, outcome)
  return result(login_id, nonce, '"outcome":"' .. outcome .. '","hold_ms":0,"attributes":[]')
end

-- A ticket is all there is to know about a push. A real one is sealed.
local function pending(login_id, nonce, due)
  local left_ms = math.ceil((due - ngx.now()) * 1000)
  local after_ms = math.max(SHORTEST_POLL_MS, math.min(POLL_AFTER_MS, left_ms))
  return result(login_id, nonce, '"outcome":"pending","ticket":"' .. login_id .. "." .. nonce .. "." ..
    string.format("%.3f", due) .. '","poll_after_ms":' .. after_ms)
end

-- Nothing is answered to an edge that does not sign: it must not win by leaving work out.
local function is_signed()
  local authorization = ngx.var.http_authorization
  return authorization and string.find(authorization, "AWS4-HMAC-SHA256 ", 1, true) == 1
end

function answers.login()
  local login = question()
  if not is_signed() then return send(403, '{"message":"Missing Authentication Token"}') end
  if not login then return send(400, '{"title":"not JSON"}') end
  local kind, seconds = pace(login.username)
  if kind == "h" then return send(200, pending(login.login_id, login.nonce, ngx.now() + seconds)) end
  if seconds > 0 then ngx.sleep(seconds) end
  local outcome = login.credential.pap == REFUSED_PASSWORD and "reject" or "accept"
  send(200, decided(login.login_id, login.nonce, outcome))
end

function answers.polls()
  local polls = question()
  if not is_signed() then return send(403, '{"message":"Missing Authentication Token"}') end
  if not polls then return send(400, '{"title":"not JSON"}') end
  local results, now = {}, ngx.now()
  for number, ticket in ipairs(polls.tickets) do
    local login_id, nonce, due = string.match(ticket, "^([^.]+)%.([^.]+)%.(.+)$")
    due = tonumber(due)
    results[number] = due <= now and decided(login_id, nonce, "accept") or pending(login_id, nonce, due)
  end
  send(200, '{"version":1,"results":[' .. table.concat(results, ",") .. ']}')
end

function answers.ping()
  send(200, '{"status":"ok","time":' .. ngx.time() .. '}')
end

-- rlm_rest takes the status for the decision: 200 accepts, 401 rejects. An empty object costs it nothing to read.
function answers.rest()
  local login = question()
  if not login then return send(400, '{}') end
  local _, seconds = pace(login.username)
  if seconds > 0 then ngx.sleep(seconds) end
  send(login.password == REFUSED_PASSWORD and 401 or 200, '{}')
end

return answers
