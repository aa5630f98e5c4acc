-- To whom has each of our users written, or sent a subscription request? Kept per user in the store `xmppfilter_contacted`,
-- newest first to stay.

local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;
local new_cache = require "util.cache".new;
local time = require "util.time".now;

local per_user = 1000; -- JIDs remembered
local users_in_memory = 256;
local save_delay = 2; -- seconds: a burst of first messages is one write
local refresh_after = 86400; -- seconds until a repeated message is worth a write

local xmlns_muc_user = "http://jabber.org/protocol/muc#user";
local xmlns_openpgp = "urn:xmpp:openpgp:0";
local omemo = { ["eu.siacs.conversations.axolotl"] = true, ["urn:xmpp:omemo:1"] = true, ["urn:xmpp:omemo:2"] = true };

local store = module:open_store("xmppfilter_contacted", "keyval");
local dirty = {}; -- [username] = record that is not saved yet
local timer;

local function save(username, record)
	dirty[username] = nil;
	local ok, err = store:set(username, record.times);
	if not ok then module:log("error", "could not save to whom %s has written: %s", username, err); end
end

local records = new_cache(users_in_memory, function (username, record)
	if dirty[username] then save(username, record); end
end);

local function load(username)
	local record = records:get(username);
	if not record then
		local times, err = store:get(username);
		record = { times = times or {}, count = 0, broken = err ~= nil };
		for _ in pairs(record.times) do record.count = record.count + 1; end
		records:set(username, record);
	end
	return record;
end

local function forget_oldest(record)
	local jids = {};
	for jid in pairs(record.times) do jids[#jids + 1] = jid; end
	table.sort(jids, function (a, b) return record.times[a] < record.times[b]; end);
	for i = 1, #jids - math.floor(per_user * 0.9) do
		record.times[jids[i]] = nil;
		record.count = record.count - 1;
	end
end

local function save_all()
	if timer then timer:stop(); end
	timer = nil;
	for username, record in pairs(dirty) do save(username, record); end
end

-- Receipts, markers and chat states are sent by clients on their own; only words count.
local function says_something(stanza)
	local body = stanza:get_child_text("body");
	if body and body:find("%S") then return true; end
	for _, child in ipairs(stanza.tags) do
		if omemo[child.attr.xmlns] and child:get_child("payload") then return true; end
		if child.attr.xmlns == xmlns_openpgp and child:get_text() ~= "" then return true; end
	end
	return false;
end

local function note(username, jid)
	local record, now = load(username), time();
	local last = record.times[jid];
	if record.broken or last and now - last < refresh_after then return; end
	record.times[jid] = now;
	if not last then
		record.count = record.count + 1;
		if record.count > per_user then forget_oldest(record); end
	end
	dirty[username] = record;
	timer = timer or module:add_timer(save_delay, save_all);
end

local function has(username, bare, full)
	local times = load(username).times;
	return times[bare] ~= nil or times[full] ~= nil;
end

-- A message to an occupant of a room is no word to the others there.
local function on_message(rooms, event)
	local stanza = event.stanza;
	local to, kind = stanza.attr.to, stanza.attr.type;
	local username = jid_split(stanza.attr.from);
	if not to or not username or kind == "error" or kind == "groupchat" or not says_something(stanza) then return; end
	local bare = jid_bare(to);
	if bare == username.."@"..module.host then return; end
	local to_occupant = stanza:get_child("x", xmlns_muc_user) or rooms.may_be_occupant(username, to);
	note(username, to_occupant and to or bare);
end

local function on_presence(event)
	local to, username = event.stanza.attr.to, jid_split(event.stanza.attr.from);
	if to and username and event.stanza.attr.type == "subscribe" then note(username, jid_bare(to)); end
end

local function new(rooms)
	for _, address in ipairs{ "bare", "full", "host" } do
		-- Below our own hook for outbound stanzas: what the filter stops was never said.
		module:hook("pre-message/"..address, function (event) on_message(rooms, event); end, 0);
		module:hook("pre-presence/"..address, on_presence, 1); -- mod_presence ends requests at 0
	end
	module:hook_global("user-deleted", function (event)
		if event.host ~= module.host then return; end
		dirty[event.username] = nil;
		records:set(event.username, nil);
	end);
	return { has = has; save_all = save_all };
end

return { new = new };
