-- Carrying out what was decided: delivering a stanza as if it had never been held, or answering its sender with an error.

local st = require "util.stanza";
local jid_split = require "util.jid".split;

local hosts = prosody.hosts;
local core_post_stanza = prosody.core_post_stanza;

local error_types = { auth = true, cancel = true, continue = true, modify = true, wait = true };
local error_conditions = {}; -- RFC 6120 8.3.3
for name in ([[bad-request conflict feature-not-implemented forbidden gone internal-server-error item-not-found jid-malformed
	not-acceptable not-allowed not-authorized policy-violation recipient-unavailable redirect registration-required
	remote-server-not-found remote-server-timeout resource-constraint service-unavailable subscription-required
	undefined-condition unexpected-request]]):gmatch("%S+") do
	error_conditions[name] = true;
end

local released = setmetatable({}, { __mode = "k" }); -- the stanzas that are being delivered: our own hooks let them pass

-- The session that a stanza came from, or what stands for it when it is gone.
local function live_origin(stanza, origin, outbound)
	if origin and not origin.destroyed then return origin; end
	local username, host, resource = jid_split(stanza.attr.from);
	if not outbound then return hosts[host] or hosts[module.host]; end
	return setmetatable({
		type = "c2s";
		username = username;
		host = module.host;
		resource = resource;
		full_jid = stanza.attr.from;
		log = module._log;
	}, { __index = hosts[module.host] });
end

-- Outbound stanzas go through the pre-events of their sender's host once more when they are sent `from_the_start`: what comes
-- after us (the roster's state of a subscription, archive, carbons) has not happened yet.
local function deliver(stanza, origin, outbound, from_the_start)
	released[stanza] = true;
	local ok, err = pcall(core_post_stanza, live_origin(stanza, origin, outbound), stanza, from_the_start);
	released[stanza] = nil;
	if not ok then error(err, 0); end
end

-- One error to the sender, without the stanza's payload.
local function bounce(stanza, verdict)
	local kind, condition, text = verdict.attr.type, verdict.attr.condition, verdict:get_text();
	local reply = st.error_reply(stanza, error_types[kind] and kind or "cancel",
		error_conditions[condition] and condition or "policy-violation", text ~= "" and text or nil);
	deliver(reply, nil, false);
end

local function is_released(stanza)
	return released[stanza] == true;
end

return { deliver = deliver; bounce = bounce; is_released = is_released };
