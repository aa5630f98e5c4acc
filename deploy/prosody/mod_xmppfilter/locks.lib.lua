-- Locked accounts: their sessions are closed and their logins refused until they are unlocked. Prosody 0.12 knows no
-- disabled accounts of its own. The lock is kept in the store `xmppfilter_locks`.

local st = require "util.stanza";
local jid_split, jid_prep = require "util.jid".split, require "util.jid".prep;
local nodeprep = require "util.encodings".stringprep.nodeprep;
local usermanager = require "core.usermanager";

local hosts = prosody.hosts;

local text = "This account has been locked because it was used to send spam. Please contact the administrators of this server.";
local store = module:open_store("xmppfilter_locks", "keyval");

local function is_locked(username)
	local record = store:get(username);
	return record ~= nil and record.locked ~= nil;
end

local function close_sessions(username)
	local user = hosts[module.host].sessions[username];
	local sessions = {};
	for _, session in pairs(user and user.sessions or {}) do sessions[#sessions + 1] = session; end
	for _, session in ipairs(sessions) do session:close({ condition = "policy-violation", text = text }); end
	return #sessions;
end

local function lock(username)
	-- The full list comes again after each reconnect: an account that was deleted since has nothing to lock.
	if not usermanager.user_exists(username, module.host) then return true; end
	if not is_locked(username) then
		local ok, err = store:set(username, { locked = os.time() });
		if not ok then return nil, err; end
		module:log("warn", "account %s is locked by the spam filter", username);
	end
	close_sessions(username);
	return true;
end

local function unlock(username)
	if not is_locked(username) then return true; end
	local ok, err = store:set(username, nil);
	if not ok then return nil, err; end
	module:log("info", "account %s is unlocked by the spam filter", username);
	return true;
end

local actions = { lock = lock; unlock = unlock };

-- Apply what of one <locks/> is about accounts of this host. Returns true or, where some of it was not, a <locks/> that names
-- them: what is somebody else's must not cost this host its own.
local function apply(element)
	local orders, foreign = {}, {};
	for _, item in ipairs(element.tags) do
		local action = actions[item.name];
		if action then
			local username, host = jid_split(jid_prep(item.attr.jid));
			if username and host == module.host then
				orders[#orders + 1] = { action = action, username = username };
			else
				foreign[#foreign + 1] = item.attr.jid or "";
			end
		end
	end
	if #foreign > 0 and #orders == 0 then return nil, "cancel", "item-not-found", "No account of "..module.host; end
	for _, order in ipairs(orders) do
		local ok, err = order.action(order.username);
		if not ok then return nil, "wait", "internal-server-error", err; end
	end
	if #foreign == 0 then return true; end
	local refused = st.stanza("locks", { xmlns = element.attr.xmlns });
	for _, jid in ipairs(foreign) do refused:tag("refused", { jid = jid }):up(); end
	return refused;
end

-- Turn a success into the failure that clients know how to show (RFC 6120 6.5.1).
local function guard(handler)
	if handler.xmppfilter_process then return; end
	handler.xmppfilter_process = handler.process;
	function handler:process(message)
		local status, data, err = self:xmppfilter_process(message);
		local username = status == "success" and self.username and nodeprep(self.username);
		if username and is_locked(username) then return "failure", "account-disabled", text; end
		return status, data, err;
	end
end

-- Every attempt begins with <auth/>; mod_saslauth takes a new handler after each failure.
module:hook("stanza/urn:ietf:params:xml:ns:xmpp-sasl:auth", function (event)
	local session = event.origin;
	if session.type ~= "c2s_unauthed" then return; end
	if not session.sasl_handler or session.sasl_handler.selected then
		session.sasl_handler = usermanager.get_sasl_handler(module.host, session);
	end
	guard(session.sasl_handler);
end, 100);

-- Whatever way in there is besides mod_saslauth, nobody gets past here.
module:hook("pre-resource-bind", function (event)
	if is_locked(event.session.username) then
		event.error = { type = "cancel", condition = "not-allowed", text = text };
		return false;
	end
end, 100);

return { apply = apply };
