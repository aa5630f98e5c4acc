-- The senders of whom every kind of stanza is asked about. The component pushes them; they are kept in memory only, for it
-- sends them all again whenever it or this module starts.

local new_cache = require "util.cache".new;
local parse_time = require "util.datetime".parse;
local jid_prep = require "util.jid".prep;

local capacity = 10000;

local function new()
	local ends = new_cache(capacity); -- [jid] = Unix time, or math.huge; the least recently used goes first
	local bans = {};

	-- Apply one <bans/>; returns how many of its elements made no sense.
	function bans.apply(element)
		local refused = 0;
		if element.attr.full == "true" then ends:clear(); end
		for _, item in ipairs(element.tags) do
			local jid = jid_prep(item.attr.jid);
			local ending = item.attr["until"] and parse_time(item.attr["until"]) or not item.attr["until"] and math.huge;
			if jid and item.name == "ban" and ending then
				ends:set(jid, ending);
			elseif jid and item.name == "unban" then
				ends:set(jid, nil);
			else
				refused = refused + 1;
			end
		end
		return refused;
	end

	local function is_current(jid)
		local ending = ends:get(jid);
		if ending and ending <= os.time() then
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

	return bans;
end

return { new = new };
