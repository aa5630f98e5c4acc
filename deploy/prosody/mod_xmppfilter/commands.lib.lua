-- What an operator can do: the section `xmppfilter` of `prosodyctl shell` (mod_admin_shell). It is one for all hosts, and each
-- host answers for itself by events of its own.

local jid_split, jid_prep = require "util.jid".split, require "util.jid".prep;

local hosts = prosody.hosts;

local function filtered_hosts()
	local found = {};
	for name, host in pairs(hosts) do
		if host.modules and host.modules.xmppfilter then found[#found + 1] = name; end
	end
	table.sort(found);
	return found;
end

-- What an event of a host is answered with: a table, or nil where the module is not loaded.
local function ask(host, event, data)
	return hosts[host] and hosts[host].events.fire_event("xmppfilter/"..event, data);
end

local section = {};

function section:unlock(jid) -- luacheck: ignore 212/self
	local username, host = jid_split(jid_prep(jid));
	if not username then return nil, tostring(jid).." is not the JID of an account"; end
	local answer = ask(host, "unlock", { username = username });
	if not answer then return nil, "mod_xmppfilter is not loaded on "..host; end
	if not answer.ok then return nil, answer.why; end
	return true, username.."@"..host.." is unlocked, and xmppfilter pardons it as soon as it is connected";
end

function section:locked(host)
	local count = 0;
	for _, name in ipairs(host and { host } or filtered_hosts()) do
		local answer = ask(name, "locked", {});
		if not answer then return nil, "mod_xmppfilter is not loaded on "..name; end
		for _, username in ipairs(answer) do self.session.print(username.."@"..name); end
		count = count + #answer;
	end
	return true, "locked accounts: "..count;
end

-- `unlock(username)` returns true, or nil and why not; `locked()` the names of accounts.
local function offer(unlock, locked)
	module:shared("/*/admin_shell/env").xmppfilter = section;
	module:hook("xmppfilter/unlock", function (event)
		local ok, why = unlock(event.username);
		return { ok = ok; why = why };
	end);
	module:hook("xmppfilter/locked", function () return locked(); end);
end

return { offer = offer };
