-- <meta/>: what the server knows about a stanza and the stanza does not say.

local datetime = require "util.datetime".datetime;
local user_exists = require "core.usermanager".user_exists;

local bare_sessions = prosody.bare_sessions;

local xmlns_muc_user = "http://jabber.org/protocol/muc#user";

local function yes_no(value)
	return value and "true" or "false";
end

local function add_source(meta, origin)
	if origin.type == "s2sin" or origin.type == "s2sout" then
		meta.via = "s2s";
		meta.peer = origin.type == "s2sin" and origin.from_host or origin.to_host;
		meta.auth = origin.external_auth == "succeeded" and "cert" or "dialback";
	elseif origin.type == "c2s" then
		meta.via = "c2s";
	elseif origin.type == "component" then
		meta.via = "component";
		meta.peer = origin.host;
	else
		meta.via = "local";
		return;
	end
	meta.ip = origin.ip;
	if origin.conn then
		meta.tls = yes_no(origin.encrypted or origin.secure);
	end
end

-- The inviter that a mediated invitation (XEP-0045 7.8.2) names, or nil.
local function inviter(stanza)
	local x = stanza.name == "message" and stanza:get_child("x", xmlns_muc_user);
	local invite = x and x:get_child("invite");
	return invite and invite.attr.from;
end

local function new(relations, contacted)
	-- `item` as in mod_xmppfilter.lua; without `username` the stanza is for the server itself.
	local function describe(item)
		local stanza, username = item.stanza, item.username;
		local meta = { received = datetime(os.time()) };
		add_source(meta, item.origin);
		if not item.judged then meta.banned = "true"; end
		if item.outbound then
			meta.direction = "out";
			meta.contacted = yes_no(contacted.has(username, stanza.attr.to));
		elseif username then
			local invited_by = inviter(stanza);
			meta.contacted = yes_no(contacted.has(username, stanza.attr.from));
			meta.exists = yes_no(user_exists(username, module.host));
			meta.online = yes_no(bare_sessions[username.."@"..module.host]);
			meta.inviter = invited_by and relations.is_contact(username, invited_by) and "contact" or nil;
		end
		return meta;
	end

	return { describe = describe };
end

return { new = new };
