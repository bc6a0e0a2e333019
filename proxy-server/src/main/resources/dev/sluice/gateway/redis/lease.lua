-- One ask of one node about one shared window, decided at once. All numbers are integers below 2^53, which is what a Lua
-- number holds exactly; time is the server's, in microseconds, so that no node's clock matters.
--
-- KEYS[1] is a hash:
--   n:<life>  "seq spent held until presumed": what one node has said (see Life.java): all it has spent, what it holds of
--             its leases, until when it may, and what was presumed spent when it did not renew them;
--             of a rate "seq charged held until since": since when it has been holding some
--   c         what is spent of a window that has one bucket; b<index>: of each of a sliding window's sub-buckets
--   v m z     of a rate: units in the bucket, remainder of its draining, when it was last empty
--   at        the latest time seen: clocks that go back a little stand still instead
--
-- Nodes say absolute figures, numbered: said twice, late or after an unknown outcome they change nothing.

local op, kind = ARGV[1], ARGV[2]
local limit, length, buckets = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local capacity, tick = tonumber(ARGV[6]), tonumber(ARGV[7])
local ttl, lease, presume = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10] == '1'
local rest, fixed = tonumber(ARGV[11]), tonumber(ARGV[12])

local key = KEYS[1]
local now = fixed
if now == 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function text(number)
  return string.format('%.0f', number)
end

local flat = redis.call('HGETALL', key)
local fields = {}
for i = 1, #flat, 2 do
  fields[flat[i]] = flat[i + 1]
end
local written = {}
local function number(field)
  return tonumber(written[field] or fields[field] or '0')
end
local function set(field, value)
  written[field] = text(value)
  redis.call('HSET', key, field, written[field])
end

-- A clock that is back by more than the window was wrong before: waiting for it would lock everybody out.
local last = number('at')
local leapt = last - now > length
if not leapt then
  now = math.max(now, last)
end

-- What is spent, of a window with buckets. Each sub-bucket counts until the window has left all of it behind.
local width = math.ceil(length / buckets)
local current = kind == 'w' and 'b' .. text(math.floor(now / width)) or 'c'
local spent = 0
local indices = {}
if kind == 'w' then
  local newest = math.floor(now / width)
  local oldest = newest - buckets
  for field, value in pairs(fields) do
    if string.sub(field, 1, 1) == 'b' then
      local index = tonumber(string.sub(field, 2))
      if index < oldest then
        redis.call('HDEL', key, field)
      else
        spent = spent + tonumber(value)
        if index > newest then
          -- The clock was wrong then: it counts from now on.
          redis.call('HDEL', key, field)
          set(current, number(current) + tonumber(value))
        else
          indices[#indices + 1] = index
        end
      end
    end
  end
elseif kind == 'c' then
  spent = number('c')
end
local function spend(units)
  if units ~= 0 then
    local before = number(current)
    local after = math.max(0, before + units)
    spent = spent + after - before
    set(current, after)
  end
end

local function parse(value)
  local seq, all, held, till, presumed = string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return {tonumber(seq), tonumber(all), tonumber(held), tonumber(till), tonumber(presumed)}
end
local function say(field, node)
  redis.call('HSET', key, field, text(node[1]) .. ' ' .. text(node[2]) .. ' ' .. text(node[3]) .. ' '
      .. text(node[4]) .. ' ' .. text(node[5]))
end

-- What the other nodes hold. Who has not renewed its leases in time is taken for dead: of what the ledger does not count
-- they are presumed spent.
local me = 'n:' .. ARGV[13]
local others, nodes = 0, 1
for field, value in pairs(fields) do
  if string.sub(field, 1, 2) == 'n:' and field ~= me then
    local node = parse(value)
    if node[4] > now then
      nodes = nodes + 1
      if kind ~= 'b' then
        others = others + node[3]
      end
      if node[4] > now + lease then
        node[4] = now + lease
        say(field, node)
      end
    elseif node[4] + 3600000000 + length < now then
      redis.call('HDEL', key, field)
    elseif node[3] > 0 and kind ~= 'b' then
      if presume then
        spend(node[3])
        node[5] = node[3]
      end
      node[3] = 0
      say(field, node)
    end
  end
end

local function finish()
  if now > last or leapt then
    set('at', now)
  end
  redis.call('PEXPIRE', key, text(ttl))
end

if op == 'raise' then
  local missing = tonumber(ARGV[14]) - others - spent
  if missing > 0 and kind ~= 'b' then
    spend(missing)
  end
  finish()
  return {0, 0, 0, 1}
end

local seq, all, held, unseen = tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16]), tonumber(ARGV[17])
local needed, wanted = tonumber(ARGV[18]), tonumber(ARGV[19])
local mine = fields[me] and parse(fields[me])
if mine and seq <= mine[1] then
  return {-1, 0, 0, 0}
end

local function slice(left)
  local part = math.max(0, math.min(wanted, math.floor(left / (2 * nodes))))
  if needed <= left then
    return math.max(needed, part)
  end
  return 0
end

if kind == 'b' then
  -- A bucket that drains at limit units in length ticks; a lease fills it. mine: all it was charged, first since when.
  local clock, level = math.floor(now / tick), number('v')
  local gone = math.max(0, clock - math.floor(last / tick))
  if fields['at'] and level > 0 then
    local whole = math.floor(gone / length)
    if whole * limit >= level then
      level = 0
    else
      local share = (gone - whole * length) * limit + number('m')
      level = math.max(0, level - whole * limit - math.floor(share / length))
      set('m', share % length)
    end
    if level == 0 then
      set('m', 0)
      set('z', now)
    end
  end
  local charged = mine and mine[2] or 0
  local since = mine and mine[3] > 0 and mine[5] or now
  local change = mine and all + held - charged or unseen
  -- What was leased before the bucket was last empty has drained from it already.
  if change > 0 or since >= number('z') then
    level = math.max(0, level + change)
  end
  local left = capacity - level
  local units = slice(left)
  level = level + units
  set('v', level)
  if held == 0 then
    since = now
  end
  say(me, {seq, all + held + units, held + units, now + lease, since})
  finish()
  local retry = 0
  if needed > left and needed <= capacity then
    retry = math.ceil((needed - left) * length * tick / limit / 1000)
  end
  return {units, math.max(0, level), retry, needed <= left and 1 or 0}
end

if not mine then
  spend(unseen)
elseif kind == 'c' then
  spend(all - mine[2] - mine[5])
else
  -- What was presumed may have left the window since: then it is not there to be given back.
  spend(math.max(0, all - mine[2] - mine[5]))
end
local left = limit - spent - others - held
local units = slice(left)
say(me, {seq, all, held + units, now + lease, 0})
finish()

local retry = 0
if needed > left and needed <= limit then
  retry = 1000
  if kind == 'c' and needed > limit - spent then
    retry = rest
  elseif kind == 'w' and needed > limit - spent then
    table.sort(indices)
    local missing = needed - (limit - spent)
    for _, index in ipairs(indices) do
      missing = missing - number('b' .. text(index))
      if missing <= 0 then
        retry = math.max(1, math.ceil(((index + buckets + 1) * width - now) / 1000))
        break
      end
    end
  end
end
return {units, spent + others + held + units, retry, needed <= left and 1 or 0}
