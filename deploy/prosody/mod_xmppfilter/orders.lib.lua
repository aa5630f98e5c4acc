-- What the component says on its own: hello, leaving, bans, locks, release and discard. Believed from the component alone.

local st = require "util.stanza";

local xmlns_check = "urn:xmppfilter:check:0";

-- Errors (RFC 6120 8.3.3) of a component that will say no again.
local final = {
	["bad-request"] = true, ["feature-not-implemented"] = true, ["item-not-found"] = true, ["jid-malformed"] = true,
	["not-acceptable"] = true, ["not-allowed"] = true,
};

local function new(links, parts, settings, stats)
	local function own_hello()
		local outbound = settings.outbound and "outbound " or "";
		local hold = settings.route == "verdict" and "hold " or "";
		return st.stanza("hello", {
			xmlns = xmlns_check;
			version = "0";
			software = "mod_xmppfilter "..settings.version.." (Prosody "..prosody.version..")";
			route = settings.route;
			options = outbound..hold.."reports locks bans";
		});
	end

	local function heard_hello(link, hello)
		local theirs = hello.attr;
		if theirs.version ~= "0" then
			module:log("warn", "%s speaks version %s of the protocol and this module version 0", link.jid, theirs.version);
		end
		if theirs.route and not (" "..theirs.route.." "):find(" "..settings.route.." ", 1, true) then
			module:log("warn", "%s is configured for the route %s and this host for %s", link.jid, theirs.route, settings.route);
		end
		link:set_limit(tonumber(theirs.max));
		module:log_status("info", "%s is connected: %s", link.jid, theirs.software or "unknown software");
	end

	-- Orders return true or a reply's payload, or nil with the type, condition and text of an error.
	local orders = {};

	function orders.hello(link, hello)
		heard_hello(link, hello);
		return own_hello();
	end

	-- The answer goes out behind everything that has been handed over, and nothing follows it.
	function orders.leaving(link)
		link.leaving = true;
		return true;
	end

	function orders.bans(link, bans)
		local refused = link.bans.apply(bans);
		if refused > 0 then module:log("warn", "%s sent %d bans that make no sense", link.jid, refused); end
		return true;
	end

	function orders.locks(link, locks)
		return parts.locks.apply(locks, link.jid);
	end

	function orders.release(link, order)
		if not parts.kept.has(link.jid, order.attr.ref or "") then return nil, "cancel", "item-not-found"; end
		local ok, err = parts.kept.release(link.jid, order.attr.ref, function (stanza)
			parts.kinds.add_tags(stanza, order);
		end);
		if not ok then
			module:log("error", "could not release a kept stanza: %s", err);
			return nil, "wait", "internal-server-error";
		end
		return true;
	end

	function orders.discard(link, order)
		if not parts.kept.has(link.jid, order.attr.ref or "") then return nil, "cancel", "item-not-found"; end
		parts.kept.discard(link.jid, order.attr.ref);
		return true;
	end

	local function reply(stanza, answer, ...)
		if not answer then
			module:send(st.error_reply(stanza, ...));
			return;
		end
		local result = st.reply(stanza);
		if answer ~= true then result:add_child(answer); end
		module:send(result);
	end

	for name, order in pairs(orders) do
		module:hook("iq-set/host/"..xmlns_check..":"..name, function (event)
			local origin, stanza = event.origin, event.stanza;
			local link = links.source(origin, stanza);
			if not link then
				stats.ignored("forbidden");
				origin.send(st.error_reply(stanza, "auth", "forbidden"));
				return true;
			end
			reply(stanza, order(link, stanza.tags[1]));
			return true;
		end);
	end

	-- Tell a component that an operator here has unlocked an account, so that it does not lock it again.
	local function tell_unlocked(link, username, id)
		link:tell(st.stanza("unlocked", { xmlns = xmlns_check; jid = username.."@"..module.host }), function (answer)
			local _, condition = answer:get_error();
			if answer.attr.type == "result" or final[condition] then parts.locks.told(username, link.jid, id); end
			if answer.attr.type ~= "result" then
				module:log("warn", "%s does not pardon the unlocked account %s: %s", link.jid, username, condition);
			end
		end);
	end

	-- What operators have unlocked goes first, for a hello is answered with all locks.
	local function greet(link)
		for username, id in pairs(parts.locks.untold(link.jid)) do tell_unlocked(link, username, id); end
		module:send(link:new_iq():add_child(own_hello()));
	end

	-- An operator here unlocks an account. Returns true, or nil and why not.
	local function unlock(username)
		local id, err = parts.locks.unlock(username, links.jids);
		if not id then return nil, err; end
		for _, jid in ipairs(links.jids) do
			local link = links.named(jid);
			if link:session() then tell_unlocked(link, username, id); end
		end
		return true;
	end

	return { greet = greet; heard_hello = heard_hello; unlock = unlock };
end

return { new = new };
