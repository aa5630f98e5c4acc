-- All components that judge for this host: usually one, several when one process is not enough.

local sha1 = require "util.hashes".sha1;

local hosts = prosody.hosts;

local link_lib = module:require "link";
local bans_lib = module:require "bans";

local function new(jids, settings, stats, settle)
	local all, by_jid = {}, {};
	for i, jid in ipairs(jids) do
		local link = link_lib.new(jid, settings, stats, settle);
		link.bans = bans_lib.new();
		all[i], by_jid[jid] = link, link;
	end

	local links = { jids = jids };

	function links.named(jid)
		return by_jid[jid];
	end

	-- The link that a stanza came over, when the component itself speaks.
	function links.source(origin, stanza)
		local link = origin.type == "component" and by_jid[origin.host];
		return link and link:is_source(origin, stanza) and link or nil;
	end

	-- Is this the stream of a component of ours, whatever the address it sends from?
	function links.owns(origin)
		return origin.type == "component" and by_jid[origin.host] ~= nil;
	end

	function links.is_component(domain)
		return by_jid[domain] ~= nil;
	end

	-- One sender always goes to one component, as long as it is connected.
	function links.pick(sender)
		if #all == 1 then return all[1]; end
		local first = sha1(sender):byte() % #all;
		for i = 0, #all - 1 do
			local link = all[(first + i) % #all + 1];
			if link:session() then return link; end
		end
		return all[first + 1];
	end

	function links.banned(full, bare)
		for _, link in ipairs(all) do
			if link.bans.covers(full, bare) then return true; end
		end
		return false;
	end

	function links.release_all(reason)
		local entries = {};
		for _, link in ipairs(all) do
			for _, entry in ipairs(link:open_questions()) do entries[#entries + 1] = entry; end
		end
		table.sort(entries, function (a, b) return a.number < b.number; end);
		for _, entry in ipairs(entries) do entry.link:conclude(entry, nil, reason); end
	end

	local function watch(link, orders)
		local host = hosts[link.jid];
		if not host then return; end
		module:hook_object_event(host.events, "component-authenticated", function ()
			module:log_status("info", "%s has connected", link.jid);
			link.unasked.finish();
			orders.greet(link);
		end);
		module:hook_object_event(host.events, "component-disconnected", function (event)
			-- A second connection that was turned away, or never authenticated, is none of our business.
			if event.session == link:session() then link:lost(); end
		end);
		if link:session() then
			orders.greet(link);
		else
			module:set_status("warn", link.jid.." has not connected yet: nothing is filtered");
		end
	end

	-- Greet those that are connected now, and whoever connects later.
	function links.watch(orders)
		for _, link in ipairs(all) do
			link.heard_hello = orders.heard_hello;
			watch(link, orders);
		end
		module:hook_global("host-activated", function (host)
			if by_jid[host] then watch(by_jid[host], orders); end
		end);
	end

	-- The link that judges this sender, or nil when it is not connected.
	function links.connected(sender)
		local link = links.pick(sender);
		return link:session() and link or nil;
	end

	-- Said once, when all hosts are up: a filter that silently does nothing helps nobody.
	function links.check_configuration()
		for _, link in ipairs(all) do
			local host = hosts[link.jid];
			if not host or host.type ~= "component" or not host.modules.component then
				module:log_status("error", "xmppfilter_component %s is no external Component of this server: nothing is filtered", link.jid);
			elseif settings.route == "inline" and module:context(link.jid):get_option_boolean("validate_from_addresses", true) then
				module:log_status("error", "the mode inline needs validate_from_addresses = false in Component %q", link.jid);
			end
		end
	end

	return links;
end

return { new = new };
