-- The senders of whom every kind of stanza is asked about. The component pushes them; they are kept in memory only, for it
-- sends them all again whenever it or this module starts.

local new_cache = require "util.cache".new;
local parse_time = require "util.datetime".parse;
local jid_prep, jid_host = require "util.jid".prep, require "util.jid".host;
local time = require "util.time";
local monotonic = time.monotonic or time.now;

local capacity = 10000;

local function new()
	-- [jid] = end by the monotonic clock, or math.huge; the least recently used goes first. The component speaks of Unix time; a
	-- step of that clock must neither end nor prolong what was understood.
	local ends = new_cache(capacity);
	local excepted, exceptions = {}, 0; -- [bare JID or domain] = true
	local drops_unasked = false;
	local bans = {};

	-- By the monotonic clock, when an XEP-0082 time will be; nil when it is none.
	local function when(text)
		local ending = parse_time(text);
		return ending and ending - time.now() + monotonic();
	end

	-- Apply one <bans/>; returns how many of its elements made no sense.
	function bans.apply(element)
		local refused = 0;
		if element.attr.full == "true" then
			ends:clear();
			excepted, exceptions, drops_unasked = {}, 0, element.attr.unasked == "drop";
		end
		for _, item in ipairs(element.tags) do
			local jid = jid_prep(item.attr.jid);
			local ending = item.attr["until"] and when(item.attr["until"]) or not item.attr["until"] and math.huge;
			if jid and item.name == "ban" and ending then
				ends:set(jid, ending);
			elseif jid and item.name == "unban" then
				ends:set(jid, nil);
			elseif jid and item.name == "except" then
				excepted[jid], exceptions = true, exceptions + 1;
				-- who cannot remember all of them must not drop anything
				if exceptions > capacity then excepted, drops_unasked = {}, false; end
			else
				refused = refused + 1;
			end
		end
		return refused;
	end

	local function is_current(jid)
		local ending = ends:get(jid);
		if ending and ending <= monotonic() then
			ends:set(jid, nil);
			return false;
		end
		return ending ~= nil;
	end

	-- A ban of a full JID is one of a room's occupant alone.
	function bans.covers(full, bare)
		if ends:count() == 0 then return false; end
		return is_current(bare) or full ~= bare and is_current(full);
	end

	-- Is what a banned sender sends dropped when the component cannot be asked? Both are bare JIDs, `full` is the sender's.
	function bans.drops(full, sender, recipient)
		return drops_unasked and bans.covers(full, sender) and not excepted[sender] and not excepted[recipient]
			and not excepted[jid_host(sender)] and not excepted[jid_host(recipient)];
	end

	return bans;
end

return { new = new };
