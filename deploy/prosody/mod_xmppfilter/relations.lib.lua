-- Who is a stranger to whom.

local jid_split = require "util.jid".split;
local load_roster = require "core.rostermanager".load_roster;

local hosts, bare_sessions = prosody.hosts, prosody.bare_sessions;

-- The bare JID, its user part (nil if it has none) and its domain.
local function bare_parts(jid)
	local user, domain = jid_split(jid);
	return user and user.."@"..domain or domain, user, domain;
end

local subscribed = { both = true, to = true, from = true };

-- An item with no subscription says nothing: clients add one before they subscribe, and an incoming request makes one too.
local function in_roster(roster, bare, domain)
	local item = roster[bare];
	if item and (subscribed[item.subscription] or item.ask or item.approved == "true") then
		return true;
	end
	local gateway = bare ~= domain and roster[domain];
	return gateway and subscribed[gateway.subscription] or false;
end

-- Is this bare JID in the roster of our user? Nil when the roster cannot be read.
local function is_contact(username, bare, domain)
	local roster, err = load_roster(username, module.host);
	if err then return nil; end
	return in_roster(roster, bare, domain);
end

-- A roster that cannot be read makes nobody a stranger: contacts must never be blocked.
local function is_stranger(username, bare, domain)
	if bare == username.."@"..module.host then return false; end
	local host = hosts[bare];
	if host and host.type == "local" then return false; end -- the server itself
	return is_contact(username, bare, domain) == false;
end

-- Has a session of our user sent presence to this room (or to one of its occupants)? That is how rooms are joined.
local function has_joined(username, room)
	local user = bare_sessions[username.."@"..module.host];
	if not user then return false; end
	local occupant = room.."/";
	for _, session in pairs(user.sessions) do
		if session.directed then
			for jid in pairs(session.directed) do
				if jid == room or jid:sub(1, #occupant) == occupant then return true; end
			end
		end
	end
	return false;
end

-- Is a subscription request of this JID before the user already? Servers repeat it at each login of the sender, and
-- Prosody keeps the first and forgets the repeats.
local function has_pending_request(username, bare)
	local roster = load_roster(username, module.host);
	return roster[false] ~= nil and roster[false].pending[bare] ~= nil;
end

return {
	bare_parts = bare_parts;
	is_contact = is_contact;
	is_stranger = is_stranger;
	has_joined = has_joined;
	has_pending_request = has_pending_request;
};
