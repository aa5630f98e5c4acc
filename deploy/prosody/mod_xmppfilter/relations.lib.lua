-- Who is a stranger to whom.

local jid_split = require "util.jid".split;
local load_roster = require "core.rostermanager".load_roster;

local hosts = prosody.hosts;

local stats = module:require "stats";
local rosters = module:open_store("roster", "keyval");

-- The bare JID, its user part (nil if it has none), its domain and its resource (nil if it has none).
local function bare_parts(jid)
	local user, domain, resource = jid_split(jid);
	return user and user.."@"..domain or domain, user, domain, resource;
end

local subscribed = { both = true, to = true, from = true };
local let_in = { both = true, from = true };

-- An item with no subscription says nothing: clients add one before they subscribe, and an incoming request makes one too.
local function is_subscribed(roster, bare)
	local item = roster[bare];
	return item ~= nil and subscribed[item.subscription] == true;
end

-- Does our user know this JID? Whom the user has asked, or approved beforehand, is known too.
local function knows(roster, bare, domain)
	local item = roster[bare];
	return item ~= nil and (item.ask or item.approved == "true") and true
		or is_subscribed(roster, bare) or bare ~= domain and is_subscribed(roster, domain);
end

-- Does this JID know our user? What the user has done alone proves nothing, or a spammer of ours would ask everybody first.
-- Nor does a subscription to a whole domain: servers grant it to anybody. A gateway asks for one itself.
local function is_known_to(roster, bare, domain)
	local gateway = bare ~= domain and roster[domain];
	return is_subscribed(roster, bare) or gateway and let_in[gateway.subscription] or false;
end

-- Prosody keeps a roster that it could not read, as an empty one, for as long as the user is logged in.
local function read_roster(username)
	local roster, err = load_roster(username, module.host);
	local broken = err or roster[false] and roster[false].broken;
	if not broken then return roster; end
	roster, err = rosters:get(username);
	if err then return nil; end
	roster = roster or {};
	roster[false] = roster[false] or { pending = roster.pending or {} };
	module:fire_event("roster-load", { username = username, host = module.host, roster = roster });
	return roster;
end

-- Nil when the roster cannot be read. `outbound`: our user is the sender.
local function is_contact(username, bare, domain, outbound)
	local roster = read_roster(username);
	if not roster then
		stats.failed_open("roster");
		return nil;
	end
	return (outbound and is_known_to or knows)(roster, bare, domain);
end

-- A roster that cannot be read makes nobody a stranger: contacts must never be blocked.
local function is_stranger(username, bare, domain, outbound)
	if bare == username.."@"..module.host then return false; end
	local host = hosts[bare];
	if host and host.type == "local" then return false; end -- the server itself
	return is_contact(username, bare, domain, outbound) == false;
end

-- Is a subscription request of this JID before the user already? Servers repeat it at each login of the sender, and
-- Prosody keeps the first and forgets the repeats.
local function has_pending_request(username, bare)
	local roster = read_roster(username);
	local pending = roster and roster[false] and roster[false].pending;
	return pending ~= nil and pending[bare] ~= nil;
end

return {
	bare_parts = bare_parts;
	is_contact = is_contact;
	is_stranger = is_stranger;
	has_pending_request = has_pending_request;
};
