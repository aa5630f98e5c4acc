-- The link to one component: is it there, what it was asked, what it answered, and when to stop asking.

local st = require "util.stanza";
local new_id = require "util.id".short;
local time = require "util.time";
local now = time.monotonic or time.now; -- a step of the wall clock must not end or prolong anything here

local hosts = prosody.hosts;

local text = module:require "text";
local new_unasked = module:require "unasked".new;
local carry, carry_stripped, escaped = text.carry, text.carry_stripped, text.escaped;

local xmlns_check = "urn:xmppfilter:check:0";
local id_prefix = "xmppfilter-";

-- Bytes of one stanza that this server takes from a component (mod_component). A larger one ends the component's stream.
local everywhere = module:context("*");
local own_limit = everywhere:get_option_number("component_stanza_size_limit",
	everywhere:get_option_number("s2s_stanza_size_limit", 512 * 1024));
local room_for_tags = 1024; -- bytes that the component may add to what it sends back

local link = {};
link.__index = link;

-- `settings`: timeout, breaker_pause (seconds) and breaker_timeouts. `settle(entry, verdict, reason)` is called once per
-- question, with the <verdict/>, or with nil and the reason why there is none.
local function new(jid, settings, stats, settle)
	local addresses = "' from='"..escaped(module.host).."' to='"..escaped(jid).."'>";
	local self = setmetatable({
		jid = jid;
		settings = settings;
		stats = stats;
		settle = settle;
		asking = addresses.."<check xmlns='"..xmlns_check.."'><meta"; -- what stands behind the id of a question
		wrapped = addresses.."<meta xmlns='"..xmlns_check.."'"; -- and of what is handed over
		prefix = id_prefix..new_id().."-"; -- of questions: nobody can guess it
		asked = 0; -- the number of the latest question, which is the end of its id
		expired = 0; -- the number of the latest one that nobody waits for any more, and of none before it
		timer = nil; -- runs while questions may be open
		pending = {}; -- [iq id] = entry
		told = {}; -- [iq id] = what is done with the answer to something else
		generation = 0; -- of the connection: what was asked over an earlier one is never answered
		timeouts = 0; -- in a row
		paused_until = nil;
		leaving = false; -- it has said that it will close its stream
		probe = nil; -- the one question that is out after a pause
		limit = own_limit; -- bytes that a question may have
	}, link);
	self.unasked = new_unasked(jid, function () return not self:obstacle(); end);
	return self;
end

-- The component's stream, or nil. It must be connected to this very server.
function link:session()
	local host = hosts[self.jid];
	local component = host and host.modules.component;
	return component and component.connected and component.session or nil;
end

-- Did this come from the component itself? The address alone proves nothing: another component that may send from foreign
-- addresses could use it too. With `validate_from_addresses = false` the stream alone proves nothing either.
function link:is_source(origin, stanza)
	return origin.type == "component" and origin.host == self.jid and stanza.attr.from == self.jid;
end

-- Why the component cannot be asked now; nil when it can.
function link:obstacle()
	if not self:session() or self.leaving then return "unavailable"; end
	if self.paused_until and (self.probe or now() < self.paused_until) then return "paused"; end
	return nil;
end

-- The component's hello says how large a question may be; nil: it does not say.
function link:set_limit(max)
	self.limit = max and math.min(max, own_limit) or own_limit;
end

-- Hand a stanza over for good (the route `inline`), to be sent back by the component. Returns false when it is too large for
-- either. Raises an error when the component is not connected.
function link:hand_over(entry)
	local message = carry(math.min(self.limit, own_limit - room_for_tags), "<message id='", new_id(), self.wrapped, entry.meta,
		entry.stanza, "</forwarded></message>");
	if message then self:session().send(message); end
	return message ~= nil;
end

-- The question about a stanza: without its content where it would be too large, and nil if even that is.
function link:question(entry)
	local question, size = carry(self.limit, "<iq type='set' id='", entry.id, self.asking, entry.meta, entry.stanza,
		"</forwarded></check></iq>");
	return question or carry_stripped(self.limit, "<iq type='set' id='", entry.id, self.asking, entry.meta, entry.stanza,
		"</forwarded></check></iq>", size);
end

-- An IQ to the component, with an id that nobody can guess and `answered` knows for ours.
function link:new_iq()
	return st.iq({ type = "set", id = id_prefix..new_id(), from = module.host, to = self.jid });
end

-- Send a payload to the component; `on_answer(stanza)` is called with its result or error, unless the connection ends first.
function link:tell(payload, on_answer)
	local iq = self:new_iq();
	self.told[iq.attr.id] = on_answer;
	module:send(iq:add_child(payload));
end

function link:ask(entry)
	local number = self.asked + 1;
	self.asked = number;
	entry.id = self.prefix..number;
	entry.generation = self.generation;
	entry.asked_at = now();
	self.pending[entry.id] = entry;
	if self.paused_until then self.probe = entry; end
	self.timer = self.timer or module:add_timer(self.settings.timeout, function () return self:look_at_the_clock(); end);
	local session = self:session();
	local question = session and self:question(entry);
	if question then
		session.send(question);
	else
		self:conclude(entry, nil, session and "too_large" or "unavailable");
	end
end

-- One timer for all questions: they have the same time to be answered, so the oldest one that is open is the next to be late.
-- Returns in how many seconds to look again.
function link:look_at_the_clock()
	while self.expired < self.asked do
		local entry = self.pending[self.prefix..(self.expired + 1)];
		local remaining = entry and entry.asked_at + self.settings.timeout - now() or 0;
		if remaining > 0 then return remaining; end
		self.expired = self.expired + 1;
		if entry then
			local ok, err = pcall(self.timed_out, self, entry); -- an error must not cost the others their timer
			if not ok then module:log("error", "could not carry on after a time-out: %s", err); end
		end
	end
	self.timer = nil;
	return nil;
end

function link:conclude(entry, verdict, reason)
	if self.pending[entry.id] ~= entry then return; end
	self.pending[entry.id] = nil;
	if self.probe == entry then self.probe = nil; end
	self.settle(entry, verdict, reason);
end

-- Every open question in the order of arrival; with `generation`, those of earlier connections only.
function link:open_questions(generation)
	local entries = {};
	for _, entry in pairs(self.pending) do
		if not generation or entry.generation < generation then entries[#entries + 1] = entry; end
	end
	table.sort(entries, function (a, b) return a.number < b.number; end);
	return entries;
end

function link:release_all(reason)
	for _, entry in ipairs(self:open_questions()) do self:conclude(entry, nil, reason); end
end

function link:timed_out(entry)
	self.timeouts = self.timeouts + 1;
	local was_probe = self.probe == entry;
	module:log("warn", "%s did not answer within %g s: delivering", self.jid, self.settings.timeout);
	self:conclude(entry, nil, "timeout");
	if was_probe or self.timeouts >= self.settings.breaker_timeouts then
		self.paused_until = now() + self.settings.breaker_pause;
		module:log_status("warn", "%s has not answered %d times in a row: not asking for %g s", self.jid, self.timeouts,
			self.settings.breaker_pause);
		self:release_all("paused");
	end
end

-- Forget about time-outs; returns true when that ends a pause.
function link:recovered()
	local was_paused = self.paused_until ~= nil;
	self.timeouts, self.paused_until, self.probe = 0, nil, nil;
	return was_paused;
end

-- An IQ result or error of the component. Returns true when it was an answer to one of our questions, in time or late.
function link:answered(stanza)
	local entry = self.pending[stanza.attr.id];
	if not entry then
		if stanza.attr.id:sub(1, #id_prefix) ~= id_prefix then return nil; end
		local on_answer = self.told[stanza.attr.id];
		if on_answer then
			self.told[stanza.attr.id] = nil;
			on_answer(stanza);
			return true;
		end
		local hello = stanza:get_child("hello", xmlns_check);
		if hello then
			self.heard_hello(self, hello);
		elseif stanza:get_child("verdict", xmlns_check) then
			self.stats.ignored("late");
		end
		return true;
	end
	if self:recovered() then
		module:log_status("info", "%s answers again", self.jid);
		self.unasked.finish();
	end
	self.stats.answer_time(now() - entry.asked_at);
	local verdict = stanza.attr.type == "result" and stanza:get_child("verdict", xmlns_check);
	if not verdict and not self.complained then
		local _, condition = stanza:get_error();
		module:log_status("warn", "%s answers questions with %s instead of a verdict: delivering", self.jid, condition or "nothing");
	end
	self.complained = not verdict; -- once, not for each stanza
	self:conclude(entry, verdict or nil, not verdict and "error" or nil);
	return true;
end

-- The connection is gone. What it was asked is delivered at once, or asked again when the component is back before the
-- server turns to anything else (a new connection that replaces the old one).
function link:lost()
	self.generation = self.generation + 1;
	self.leaving = false;
	self.told = {};
	self:set_limit(nil);
	local generation = self.generation;
	self:recovered();
	module:add_timer(0, function ()
		local obstacle = self:obstacle();
		local entries = self:open_questions(generation);
		module:log_status("warn", "connection of %s lost: %d stanzas %s", self.jid, #entries,
			obstacle and "delivered without a verdict" or "asked about again");
		for _, entry in ipairs(entries) do
			if obstacle then
				self:conclude(entry, nil, "unavailable");
			else
				self.pending[entry.id] = nil;
				self:ask(entry);
			end
		end
	end);
end

return { new = new };
