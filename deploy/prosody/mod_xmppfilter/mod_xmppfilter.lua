-- mod_xmppfilter: brings the stanzas of strangers before an xmppfilter component and carries out its verdicts.
-- The protocol is in deploy/PROTOCOL.md, the options are in README.md. Load it on a VirtualHost.

local st = require "util.stanza";
local jid_split = require "util.jid".split;

local hosts = prosody.hosts;

if module:get_host_type() ~= "local" then
	error("mod_xmppfilter belongs under a VirtualHost, and "..module.host.." is a Component", 0);
end

local settings = module:require "options";
local inline = settings.route == "inline";

local stats = module:require "stats";
local kinds = module:require "kinds";
local relations = module:require "relations";
local bare_parts = relations.bare_parts;
local rooms = module:require "rooms";
local delivery = module:require "delivery";
local contacted = module:require "contacted".new(rooms);
local meta = module:require "meta".new(relations, contacted);
local locks = module:require "locks";
local kept = module:require "kept".new(settings.max_kept, function (stanza, outbound)
	delivery.deliver(stanza, nil, outbound, outbound);
end, stats.stored);

local stopping = false;

-- On the route `inline` an outbound stanza was caught when all had seen it, except for a subscription request.
local function deliver(entry)
	local from_the_start = entry.outbound and (not inline or entry.stanza.name == "presence");
	delivery.deliver(entry.stanza, entry.origin, entry.outbound, from_the_start);
end

---- What each verdict means; whatever else the component says means accept.

local actions = {};

function actions.accept(entry)
	kinds.add_tags(entry.stanza, entry.verdict);
	deliver(entry);
end

function actions.drop()
	-- Nothing is said to anybody.
end

function actions.bounce(entry)
	if kinds.may_be_answered(entry.stanza) then delivery.bounce(entry.stanza, entry.verdict); end
end

function actions.hold(entry)
	local ok, why = kept.keep(entry.link.jid, entry.verdict, entry.stanza, entry.outbound, entry.number);
	if ok then return; end
	module:log("warn", "could not keep a stanza for %s: %s: delivering", entry.link.jid, why);
	stats.failed_open("not_kept");
	deliver(entry);
end

local function carry_out(entry)
	if entry.stopped then return; end
	if not entry.verdict then
		deliver(entry);
		return;
	end
	local name = entry.verdict.attr.action;
	if not actions[name] then name = "accept"; end
	stats.verdict(name);
	actions[name](entry);
end

local queue = module:require "queue".new(carry_out, stats.held);

-- Why a stanza may be without a verdict while the component is there: then what it has said of banned senders holds.
local is_reached = { paused = true, timeout = true, overfull = true, too_large = true };

-- There is no verdict on a stanza of `item`. Returns true when its sender is banned and it is to be dropped.
local function goes_unasked(item, link, reason)
	local attr, username = item.stanza.attr, item.username;
	local stopped = is_reached[reason] and link.bans.drops(attr.from, item.sender, item.recipient);
	if stopped and username then
		-- whom our user has written to may be let through by the component
		local other, full = item.sender, attr.from;
		if item.outbound then other, full = item.recipient, attr.to; end
		stopped = not contacted.has(username, other, full);
	end
	if stopped then stats.stopped(reason); else stats.failed_open(reason); end
	link.unasked.count(reason, stopped);
	return stopped;
end

local links = module:require "links".new(settings.components, settings, stats, function (entry, verdict, reason)
	entry.verdict = verdict;
	if reason and reason ~= "error" and reason ~= "stopping" then
		entry.stopped = goes_unasked(entry, entry.link, reason);
	elseif reason then
		stats.failed_open(reason);
	end
	queue.settle(entry);
end);

---- The way of a stanza

-- Everything of one pair that is waiting goes out, in order, so that the newest may follow it.
local function release_pair(pair)
	for _, entry in ipairs(queue.waiting(pair)) do entry.link:conclude(entry, nil, "overfull"); end
end

-- Another stanza with the same children: it has addresses and a list of children of its own, and no more is ever changed.
local function clone(stanza)
	local copy = st.clone(stanza, true);
	for i = 1, #stanza do copy[i] = stanza[i]; end
	for i = 1, #stanza.tags do copy.tags[i] = stanza.tags[i]; end
	return copy;
end

-- `item` is a stanza on its way: origin, stanza, sender and recipient (bare JIDs), username (ours), outbound, and judged
-- (false for what is only asked about because the sender is banned). `ask` is false for a stanza that only has to keep its
-- place behind others. Returns true when the stanza is held or handed over, nil when it goes on its way at once.
local function gate(item, ask)
	local pair = item.sender.." "..item.recipient;
	if not ask and not queue.has_line(pair) then return nil; end
	local link = links.pick(item.sender);
	local obstacle = ask and (stopping and "stopping" or link:obstacle()) or nil;
	if not obstacle and queue.size() >= settings.max_held then
		obstacle = "overfull";
		release_pair(pair);
	end
	if obstacle then
		if ask and goes_unasked(item, link, obstacle) then return true; end
		ask = false;
		if not queue.has_line(pair) then return nil; end
	end
	if ask then
		item.meta = meta.describe(item);
		stats.asked(item.outbound and "out" or "in");
	end
	if inline and ask and link:hand_over(item) then return true; end
	item.pair, item.link = pair, link;
	item.stanza = clone(item.stanza); -- Prosody goes on using its own, with other addresses
	queue.add(item);
	if ask then
		link:ask(item);
	else
		queue.settle(item);
	end
	return true;
end

local function on_inbound(event)
	local origin, stanza = event.origin, event.stanza;
	local to, from = stanza.attr.to, stanza.attr.from;
	if not to or not from or delivery.is_released(stanza) or links.owns(origin) then return; end
	local sender, _, domain, resource = bare_parts(from);
	local recipient, username = bare_parts(to);
	local banned, judged = links.banned(from, sender), kinds.is_judged(stanza);
	local tagged = kinds.has_tags(stanza);
	local stranger = (banned or judged or tagged) and relations.is_stranger(username, sender, domain);
	if stranger and tagged then kinds.strip_tags(stanza); end
	local ask = stranger and (banned or judged and not (resource and rooms.has_joined(username, sender))
		and not (stanza.name == "presence" and relations.has_pending_request(username, sender)));
	if not ask and queue.is_empty() then return nil; end -- the way of most stanzas
	return gate({
		origin = origin;
		stanza = stanza;
		sender = sender;
		recipient = recipient;
		username = username;
		outbound = false;
		judged = judged;
	}, ask);
end

-- What is addressed to the server itself is nobody's mail: only the banned are asked about.
local function on_inbound_to_host(event)
	local origin, stanza = event.origin, event.stanza;
	local from = stanza.attr.from;
	if not from or not stanza.attr.to or delivery.is_released(stanza) or links.owns(origin) then return; end
	local sender, _, domain = bare_parts(from);
	if domain == module.host then return; end -- our own users' business with their server
	local ask = links.banned(from, sender);
	if not ask and queue.is_empty() then return nil; end
	return gate({
		origin = origin;
		stanza = stanza;
		sender = sender;
		recipient = module.host;
		outbound = false;
		judged = false;
	}, ask);
end

-- Is the recipient somebody about whom our user's stanza is not asked, or asked when it comes in there?
local function is_own_business(to)
	local username, domain = jid_split(to);
	if links.is_component(domain) then return true; end
	local host = hosts[domain];
	return host ~= nil and (host.modules.xmppfilter ~= nil or host.type == "local" and not username);
end

local function on_outbound(event)
	local origin, stanza = event.origin, event.stanza;
	local to, from = stanza.attr.to, stanza.attr.from;
	if not to or not from or delivery.is_released(stanza) or is_own_business(to) then return; end
	local sender, username = bare_parts(from);
	local recipient, _, domain = bare_parts(to);
	local banned, judged = links.banned(from, sender), kinds.is_judged(stanza);
	-- Prosody sends unanswered requests again at each login, and the first was asked about: so the user's own word counts.
	local again = stanza.name == "presence" and judged and not banned;
	local ask = (banned or judged) and relations.is_stranger(username, recipient, domain, not again);
	-- What is said in a room. Words to one occupant are asked about, and so are invitations that the room is to hand on.
	if ask and not banned and stanza.attr.type == "groupchat" then ask = not rooms.has_joined(username, recipient); end
	if not ask and queue.is_empty() then return nil; end
	return gate({
		origin = origin;
		stanza = stanza;
		sender = sender;
		recipient = recipient;
		username = username;
		outbound = true;
		judged = judged;
	}, ask);
end

---- Wiring

-- Below mod_blocklist (100), above mod_firewall, archive, carbons, offline storage and delivery.
local priority = 50;

-- A mistake of ours, or of a storage back end, must not cost the stanza.
local function failing_open(handler)
	return function (event)
		local ok, result = pcall(handler, event);
		if ok then return result; end
		module:log("error", "delivering %s unasked after an error: %s", event.stanza:top_tag(), result);
		stats.failed_open("error");
		return nil;
	end
end

for _, kind in ipairs{ "message", "presence", "iq" } do
	module:hook(kind.."/bare", failing_open(on_inbound), priority);
	module:hook(kind.."/full", failing_open(on_inbound), priority);
	module:hook(kind.."/host", failing_open(on_inbound_to_host), priority);
end

if settings.outbound then
	module:require "outgoing".hook(failing_open(on_outbound), links, inline and -1000 or priority);
end

module:hook("iq/host", function (event)
	local stanza = event.stanza;
	local kind = stanza.attr.type;
	if kind ~= "result" and kind ~= "error" or not stanza.attr.id then return; end
	local link = links.source(event.origin, stanza);
	return link and link:answered(stanza) or nil;
end, priority + 10);

local orders = module:require "orders".new(links, { locks = locks, kept = kept, kinds = kinds }, settings, stats);
module:require "reports".new(links.connected, stats);
module:require "commands".offer(orders.unlock, locks.locked);

links.watch(orders);
rooms.watch();
kept.load();

if prosody.start_time then
	links.check_configuration();
else
	module:hook_global("server-started", links.check_configuration);
end

-- Before anything is closed: what is held must reach its recipient, or the offline store.
module:hook_global("server-stopping", function ()
	stopping = true;
	links.release_all("stopping");
	contacted.save_all();
end, 100);

function module.unload()
	stopping = true;
	links.release_all("stopping");
	contacted.save_all();
end
