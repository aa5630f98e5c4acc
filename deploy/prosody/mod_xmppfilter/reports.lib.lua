-- Hands on what users report as spam (XEP-0377), inside a XEP-0191 block or as a message to their own server.

local st = require "util.stanza";
local new_id = require "util.id".medium;
local jid_bare, jid_prep = require "util.jid".bare, require "util.jid".prep;

local xmlns_check = "urn:xmppfilter:check:0";
local namespaces = { ["urn:xmpp:reporting:1"] = true, ["urn:xmpp:reporting:0"] = true };

local function report_in(element)
	for _, child in ipairs(element.tags) do
		if child.name == "report" and namespaces[child.attr.xmlns] then return child; end
	end
end

-- In the stand-alone form the report names the JID itself, or carries a stanza of it.
local function reported_by_itself(stanza, report)
	local named = report:get_child_text("jid", "urn:xmpp:jid:0");
	if named then return jid_prep(named); end
	local forwarded = stanza:get_child("forwarded", "urn:xmpp:forward:0");
	local original = forwarded and forwarded:get_child("message", "jabber:client");
	return original and jid_prep(original.attr.from);
end

-- `pick(jid)` returns the link of the component that judges this sender, or nil when none is connected.
local function new(pick, stats)
	local function hand_on(reporter, jid, report)
		local link = pick(jid_bare(jid));
		if not link then
			stats.reports("lost");
			module:log("warn", "a report of a user is lost: the component is not connected");
			return;
		end
		stats.reports("handed_on");
		module:send(st.message({ id = new_id(), from = module.host, to = link.jid })
			:tag("spam-report", { xmlns = xmlns_check, reporter = reporter, jid = jid })
			:add_child(st.clone(report)));
	end

	-- Above mod_blocklist, which does the blocking and answers.
	module:hook("iq-set/self/urn:xmpp:blocking:block", function (event)
		local reporter = event.origin.username.."@"..module.host;
		for item in event.stanza.tags[1]:childtags("item") do
			local jid, report = jid_prep(item.attr.jid), report_in(item);
			if jid and report then hand_on(reporter, jid, report); end
		end
	end, 10);

	module:hook("message/host", function (event)
		local origin, stanza = event.origin, event.stanza;
		if origin.type ~= "c2s" or origin.host ~= module.host or stanza.attr.type == "error" then return; end
		local report = report_in(stanza);
		local jid = report and reported_by_itself(stanza, report);
		if not jid then return; end
		hand_on(jid_bare(origin.full_jid), jid, report);
		return true;
	end, 10);

	for namespace in pairs(namespaces) do module:add_feature(namespace); end
	module:add_feature("urn:xmpp:reporting:reason:spam:0");
	module:add_feature("urn:xmpp:reporting:reason:abuse:0");
end

return { new = new };
