-- What the configuration says; README.md explains it.

local jid_prep = require "util.jid".prep;

-- A number that had another name in earlier versions.
local function renamed_number(name, former, default)
	local old = module:get_option_number(former);
	if old then module:log("warn", "the option %s is called %s now", former, name); end
	return module:get_option_number(name, old or default);
end

local settings = {
	version = "0.1";
	route = module:get_option_string("xmppfilter_route", "verdict");
	outbound = module:get_option_boolean("xmppfilter_outbound", true);
	timeout = module:get_option_number("xmppfilter_timeout", 5);
	max_held = module:get_option_number("xmppfilter_max_held", 10000);
	breaker_timeouts = renamed_number("xmppfilter_breaker_timeouts", "xmppfilter_max_timeouts", 5);
	breaker_pause = renamed_number("xmppfilter_breaker_pause", "xmppfilter_pause", 30);
	max_kept = module:get_option_number("xmppfilter_max_kept", 10000);
};
if settings.route ~= "inline" and settings.route ~= "verdict" then
	error("xmppfilter_route must be \"verdict\" or \"inline\", found \""..settings.route.."\"", 0);
end

settings.components = module:get_option_array("xmppfilter_component", {});
if #settings.components == 0 then
	error("xmppfilter_component is not set: it names the Component that judges", 0);
end
for i, jid in ipairs(settings.components) do
	settings.components[i] = jid_prep(jid) or error("xmppfilter_component: "..tostring(jid).." is not a valid JID", 0);
end

return settings;
