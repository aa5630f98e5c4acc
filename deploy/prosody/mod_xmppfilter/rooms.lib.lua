-- Which rooms (XEP-0045) the sessions of our users are in. A session asks to be let in by directed presence with <x/> (7.2.2),
-- and the room's own answer, presence with status 110, proves that it was. The request alone proves nothing: anybody may
-- send it to anybody. Nor does the answer: any stranger may send it to anybody.
--
-- It is kept in the session, under `xmppfilter_rooms`, and so ends with it and survives a reload of this module:
-- { count = n, [room] = { nick = "…", joined = boolean } }.

local jid_split, jid_bare = require "util.jid".split, require "util.jid".bare;

local bare_sessions, full_sessions = prosody.bare_sessions, prosody.full_sessions;

local most = 1000; -- rooms of one session: more than any client joins; what is beyond is asked about, not lost

local xmlns_muc = "http://jabber.org/protocol/muc";
local xmlns_muc_user = "http://jabber.org/protocol/muc#user";

local function remember(session, room, nick)
	local rooms = session.xmppfilter_rooms or { count = 0 };
	session.xmppfilter_rooms = rooms;
	if not rooms[room] then
		if rooms.count >= most then return; end
		rooms.count = rooms.count + 1;
	end
	rooms[room] = { nick = nick, joined = false };
end

local function forget(rooms, room)
	rooms[room] = nil;
	rooms.count = rooms.count - 1;
end

-- A session of ours asks a room to be let in, or leaves it.
local function on_own_presence(event)
	local session, stanza = event.origin, event.stanza;
	if session.type ~= "c2s" or not stanza.attr.to then return; end
	local kind, rooms = stanza.attr.type, session.xmppfilter_rooms;
	if kind == nil and stanza:get_child("x", xmlns_muc) then
		local user, domain, nick = jid_split(stanza.attr.to);
		if user and nick then remember(session, user.."@"..domain, nick); end
	elseif kind == "unavailable" and rooms then
		local room = jid_bare(stanza.attr.to);
		if rooms[room] then forget(rooms, room); end
	end
end

local function statuses(stanza)
	local x, codes = stanza:get_child("x", xmlns_muc_user), {};
	for status in x and x:childtags("status") or function () end do codes[status.attr.code or ""] = true; end
	return codes;
end

-- What a room says to a session that has asked it.
local function on_presence_of_room(event)
	local stanza = event.stanza;
	local session = full_sessions[stanza.attr.to];
	local rooms = session and session.xmppfilter_rooms;
	if not rooms then return; end
	local user, domain, nick = jid_split(stanza.attr.from);
	local name = user and user.."@"..domain;
	local room, kind = name and rooms[name], stanza.attr.type;
	if not room then return; end
	local codes = statuses(stanza);
	if kind == nil and codes["110"] then
		room.joined, room.nick = true, nick;
	elseif kind == "unavailable" and (codes["110"] or nick == room.nick) and not codes["303"] then -- 303: a new nick
		forget(rooms, name);
	elseif kind == "error" and not room.joined then -- else it was the answer to something else, a new nick say
		forget(rooms, name);
	end
end

local function sessions_of(username)
	local user = bare_sessions[username.."@"..module.host];
	return user and user.sessions or {};
end

-- Is a session of our user in this room?
local function has_joined(username, room)
	for _, session in pairs(sessions_of(username)) do
		local known = session.xmppfilter_rooms and session.xmppfilter_rooms[room];
		if known and known.joined then return true; end
	end
	return false;
end

-- May this full JID be an occupant of a room, as far as the sessions of our user know? In doubt it is: their rooms may be
-- older than this module.
local function may_be_occupant(username, full)
	for _, session in pairs(sessions_of(username)) do
		local rooms, directed = session.xmppfilter_rooms, session.directed;
		if rooms and rooms[jid_bare(full)] or directed and directed[full] then return true; end
	end
	return false;
end

-- Below our own hooks for stanzas (50) and above those of Prosody (0).
local function watch()
	module:hook("pre-presence/bare", on_own_presence, 10);
	module:hook("pre-presence/full", on_own_presence, 10);
	module:hook("presence/full", on_presence_of_room, 10);
end

return { watch = watch, has_joined = has_joined, may_be_occupant = may_be_occupant };
