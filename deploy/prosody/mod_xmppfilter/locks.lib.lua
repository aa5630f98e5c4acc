-- Locked accounts: their sessions are closed and their logins refused until they are unlocked. Prosody 0.12 knows no
-- disabled accounts of its own. The store `xmppfilter_locks` has for each of them
-- { locked = Unix time, or nil; untold = { [component] = id }, or nil }: an operator has unlocked the account, and these
-- components have not answered that yet. Their locks of it are not obeyed, for they may be older than that word. The id is of
-- the operator's word: the answer to an earlier one says nothing of it.

local st = require "util.stanza";
local jid_split, jid_prep = require "util.jid".split, require "util.jid".prep;
local new_id = require "util.id".short;
local nodeprep = require "util.encodings".stringprep.nodeprep;
local usermanager = require "core.usermanager";

local hosts = prosody.hosts;

local text = "This account has been locked because it was used to send spam. Please contact the administrators of this server.";
local store = module:open_store("xmppfilter_locks", "keyval");

local function is_locked(username)
	local record = store:get(username);
	return record ~= nil and record.locked ~= nil;
end

local function save(username, locked, untold)
	if untold and not next(untold) then untold = nil; end
	return store:set(username, (locked or untold) and { locked = locked; untold = untold } or nil);
end

local function close_sessions(username)
	local user = hosts[module.host].sessions[username];
	local sessions = {};
	for _, session in pairs(user and user.sessions or {}) do sessions[#sessions + 1] = session; end
	for _, session in ipairs(sessions) do session:close({ condition = "policy-violation", text = text }); end
	return #sessions;
end

-- Both return true, or nil and the type and condition of an error, and why.
local actions = {};

function actions.lock(username, component)
	-- The full list comes again after each reconnect: an account that was deleted since has nothing to lock.
	if not usermanager.user_exists(username, module.host) then return true; end
	local record, err = store:get(username);
	if err then return nil, "wait", "internal-server-error", err; end
	local untold = record and record.untold;
	if untold and untold[component] then
		return nil, "wait", "unexpected-request", username.." has been unlocked by an operator";
	end
	if not record or not record.locked then
		local ok, problem = save(username, os.time(), untold);
		if not ok then return nil, "wait", "internal-server-error", problem; end
		module:log("warn", "account %s is locked by the spam filter", username);
	end
	close_sessions(username);
	return true;
end

function actions.unlock(username)
	local record, err = store:get(username);
	if err then return nil, "wait", "internal-server-error", err; end
	if not record or not record.locked then return true; end
	local ok, problem = save(username, nil, record.untold);
	if not ok then return nil, "wait", "internal-server-error", problem; end
	module:log("info", "account %s is unlocked by the spam filter", username);
	return true;
end

-- Unlock an account by an operator's word, which these components are to be told. Returns an id of that word, or nil and why not.
local function unlock(username, components)
	local record, err = store:get(username);
	if err then return nil, err; end
	if not record and not usermanager.user_exists(username, module.host) then return nil, "there is no such account"; end
	local untold = record and record.untold or {};
	local id = new_id();
	for _, component in ipairs(components) do untold[component] = id; end
	local ok, problem = save(username, nil, untold);
	if not ok then return nil, problem; end
	module:log("info", "account %s is unlocked by an operator", username);
	return id;
end

-- A component has answered that.
local function told(username, component, id)
	local record = store:get(username);
	if not record or not record.untold or record.untold[component] ~= id then return; end
	record.untold[component] = nil;
	local ok, err = save(username, record.locked, record.untold);
	if not ok then module:log("error", "could not note that %s knows of the unlocked account %s: %s", component, username, err); end
end

local function records()
	local found, names = {}, {};
	for username in store:users() do names[#names + 1] = username; end
	for _, username in ipairs(names) do
		local record, err = store:get(username);
		if err then module:log("error", "could not read whether %s is locked: %s", username, err); end
		found[username] = record;
	end
	return found;
end

-- What a component has not answered yet: the accounts that operators have unlocked, and the ids of their words.
local function untold(component)
	local found = {};
	for username, record in pairs(records()) do found[username] = record.untold and record.untold[component]; end
	return found;
end

-- The names of all locked accounts, in order.
local function locked()
	local found = {};
	for username, record in pairs(records()) do
		if record.locked then found[#found + 1] = username; end
	end
	table.sort(found);
	return found;
end

-- Apply what of one <locks/> of a component is about accounts of this host. Returns true or, where some of it was not, a
-- <locks/> that names them: what is somebody else's must not cost this host its own.
local function apply(element, component)
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
	local failure;
	for _, order in ipairs(orders) do
		local ok, kind, condition, why = order.action(order.username, component);
		if not ok then
			module:log("info", "an order about %s was not obeyed: %s", order.username, why);
			failure = { kind, condition, why };
		end
	end
	if failure then return nil, failure[1], failure[2], failure[3]; end
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

return { apply = apply; unlock = unlock; told = told; untold = untold; locked = locked };
