-- Where the stanzas of our own users to strangers are caught.
--
-- With `verdict` that is before anything else has happened: a stanza that is released goes through the same events again.
-- With `inline` the stanza comes back over the component's stream and never sees these events again, so it is caught at
-- their end, after archive and carbons. A subscription request is the exception: mod_presence sends it off from within the
-- events. It is caught early, and its roster item is written when it comes back.

local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;
local rostermanager = require "core.rostermanager";

local hosts = prosody.hosts;

local function is_subscribe(stanza)
	return stanza.name == "presence" and stanza.attr.type == "subscribe";
end

-- What mod_presence does with a request on its way out (RFC 6121 3.1.2).
local function on_return(links, event)
	local origin, stanza = event.origin, event.stanza;
	-- Dialback comes by here too, with no origin.
	if not origin or not links.owns(origin) or not is_subscribe(stanza) then return; end
	local username = jid_split(stanza.attr.from);
	if not username then return; end
	stanza.attr.from, stanza.attr.to = jid_bare(stanza.attr.from), jid_bare(stanza.attr.to);
	if rostermanager.set_contact_pending_out(username, module.host, stanza.attr.to) then
		rostermanager.roster_push(username, module.host, stanza.attr.to);
	end
end

-- `priority` is where messages and IQs are caught; a negative one means `inline`.
local function hook(handler, links, priority)
	local inline = priority < 0;
	for _, address in ipairs{ "bare", "full", "host" } do
		module:hook("pre-message/"..address, handler, priority);
		module:hook("pre-iq/"..address, handler, priority);
		module:hook("pre-presence/"..address, handler, priority);
		if inline then
			module:hook("pre-presence/"..address, function (event)
				local _, domain = jid_split(event.stanza.attr.to);
				-- Only what leaves this server passes the event below when it comes back.
				if is_subscribe(event.stanza) and not hosts[domain] then return handler(event); end
			end, 50);
		end
	end
	if inline then
		module:hook("route/remote", function (event) return on_return(links, event); end, 100);
	end
end

return { hook = hook };
