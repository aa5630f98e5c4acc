-- The senders of whom every kind of stanza is asked about. The component pushes them; they are kept in memory only, for it
-- sends them all again whenever it or this module starts.

local new_cache = require "util.cache".new;
local parse_time = require "util.datetime".parse;
local jid_prep, jid_host, jid_bare = require "util.jid".prep, require "util.jid".host, require "util.jid".bare;
local time = require "util.time";
local monotonic = time.monotonic or time.now;

local capacity = 10000;
local most_bytes = 2 * 1024 * 1024; -- of all JIDs
local occupants_each = 10; -- of one room: its nicks cost nothing, and must not push out anybody else

local function new()
	-- [jid] = end by the monotonic clock, or math.huge; the least recently used goes first. The component speaks of Unix time; a
	-- step of that clock must neither end nor prolong what was understood.
	local occupants, bytes = {}, 0; -- [bare JID] = its banned full JIDs, oldest first
	local function gone(jid)
		bytes = bytes - #jid;
		local bare = jid_bare(jid);
		local known = bare ~= jid and occupants[bare];
		if not known then return; end
		for at, occupant in ipairs(known) do
			if occupant == jid then table.remove(known, at); break; end
		end
		if #known == 0 then occupants[bare] = nil; end
	end

	local ends = new_cache(capacity, gone);
	local excepted, exceptions = {}, 0; -- [bare JID or domain] = true
	local drops_unasked = false;
	local bans = {};

	local function forget(jid)
		if ends:get(jid) then
			ends:set(jid, nil);
			gone(jid);
		end
	end

	local function remember(jid, ending)
		forget(jid);
		local bare = jid_bare(jid);
		if bare ~= jid then
			local known = occupants[bare] or {};
			if #known >= occupants_each then forget(known[1]); end
			occupants[bare] = known;
			known[#known + 1] = jid;
		end
		bytes = bytes + #jid;
		ends:set(jid, ending);
		while bytes > most_bytes do forget((ends:tail())); end
	end

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
			occupants, bytes = {}, 0;
			excepted, exceptions, drops_unasked = {}, 0, element.attr.unasked == "drop";
		end
		for _, item in ipairs(element.tags) do
			local jid = jid_prep(item.attr.jid);
			local ending = item.attr["until"] and when(item.attr["until"]) or not item.attr["until"] and math.huge;
			if jid and item.name == "ban" and ending then
				remember(jid, ending);
			elseif jid and item.name == "unban" then
				forget(jid);
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
			forget(jid);
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
