-- <meta/>: what the server knows about a stanza and the stanza does not say. Its attributes, as text.

local datetime = require "util.datetime".datetime;
local user_exists = require "core.usermanager".user_exists;

local bare_sessions = prosody.bare_sessions;

local escaped = module:require "text".escaped;

local xmlns_muc_user = "http://jabber.org/protocol/muc#user";

-- An attribute, or nothing when the value is not known.
local function attribute(start, value)
	return value and start..escaped(value).."'" or "";
end

local function flag(start, value)
	return value and start.."true'" or start.."false'";
end

local function source(origin)
	local kind = origin.type;
	local via, peer, auth = " via='local'", nil, "";
	if kind == "s2sin" or kind == "s2sout" then
		via, peer = " via='s2s'", kind == "s2sin" and origin.from_host or origin.to_host;
		auth = origin.external_auth == "succeeded" and " auth='cert'" or " auth='dialback'";
	elseif kind == "c2s" then
		via = " via='c2s'";
	elseif kind == "component" then
		via, peer = " via='component'", origin.host;
	else
		return via;
	end
	local tls = origin.conn and flag(" tls='", origin.encrypted or origin.secure) or "";
	return via..attribute(" peer='", peer)..auth..attribute(" ip='", origin.ip)..tls;
end

-- The inviter that a mediated invitation (XEP-0045 7.8.2) names, or nil; no room sends more than one.
local function inviter(stanza)
	if stanza.name ~= "message" then return nil; end
	local found;
	for x in stanza:childtags("x", xmlns_muc_user) do
		for invite in x:childtags("invite") do
			if found then return nil; end
			found = invite;
		end
	end
	return found and found.attr.from;
end

local function new(relations, contacted)
	local function is_invited_by_contact(username, stanza)
		local jid = inviter(stanza);
		if not jid then return false; end
		local bare, _, domain = relations.bare_parts(jid);
		return relations.is_contact(username, bare, domain);
	end

	-- `item` as in mod_xmppfilter.lua; without `username` the stanza is for the server itself.
	local function describe(item)
		local stanza, username = item.stanza, item.username;
		local more = "";
		if item.outbound then
			more = flag(" direction='out' contacted='", contacted.has(username, item.recipient, stanza.attr.to));
		elseif username then
			more = flag(" direction='in' contacted='", contacted.has(username, item.sender, stanza.attr.from))
				..flag(" exists='", user_exists(username, module.host))
				..flag(" online='", bare_sessions[item.recipient])
				..(is_invited_by_contact(username, stanza) and " inviter='contact'" or "");
		end
		return source(item.origin)..more.." received='"..datetime(os.time()).."'"..(item.judged and "" or " banned='true'");
	end

	return { describe = describe };
end

return { new = new };
