-- Who is a stranger to whom.

local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;
local load_roster = require "core.rostermanager".load_roster;

local hosts, bare_sessions = prosody.hosts, prosody.bare_sessions;

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

-- Is `jid` in the roster of our user? Nil when the roster cannot be read.
local function is_contact(username, jid)
	local roster, err = load_roster(username, module.host);
	if err then return nil; end
	local bare = jid_bare(jid);
	local _, domain = jid_split(bare);
	return in_roster(roster, bare, domain);
end

-- A roster that cannot be read makes nobody a stranger: contacts must never be blocked.
local function is_stranger(username, jid)
	local bare = jid_bare(jid);
	if bare == username.."@"..module.host then return false; end
	local host = hosts[bare];
	if host and host.type == "local" then return false; end -- the server itself
	return is_contact(username, jid) == false;
end

-- Has a session of our user sent presence to this room (or to one of its occupants)? That is how rooms are joined.
local function has_joined(username, room)
	local user = bare_sessions[username.."@"..module.host];
	for _, session in pairs(user and user.sessions or {}) do
		for jid in pairs(session.directed or {}) do
			if jid_bare(jid) == room then return true; end
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
	is_contact = is_contact;
	is_stranger = is_stranger;
	has_joined = has_joined;
	has_pending_request = has_pending_request;
};
