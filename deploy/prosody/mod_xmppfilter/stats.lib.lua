-- What is counted, for mod_http_openmetrics and the other statistics back ends of Prosody.

local function counter(name, description, label)
	local family = module:metric("counter", name, "", description, { label });
	return function (value) family:with_labels(value):add(1); end
end

local held = module:metric("gauge", "held", "", "Stanzas that wait for a verdict", {}):with_labels();
local stored = module:metric("gauge", "stored", "", "Stanzas kept for the component until release or discard", {}):with_labels();
local answers = module:metric("histogram", "answer", "seconds", "Time from a question to its answer", {},
	{ buckets = { 0.001, 0.005, 0.02, 0.1, 0.5, 2, 5 } }):with_labels();

return {
	asked = counter("asked", "Stanzas brought before the component", "direction");
	verdict = counter("verdicts", "Verdicts carried out", "action");
	-- Every stanza that was delivered without a verdict is counted here, under the reason.
	failed_open = counter("failed_open", "Stanzas delivered without a verdict", "reason");
	stopped = counter("stopped", "Stanzas of banned senders dropped without a verdict", "reason");
	ignored = counter("ignored", "Answers and orders that were not believed or came too late", "reason");
	reports = counter("reports", "Reports of users", "outcome");
	held = function (count) held:set(count); end;
	stored = function (count) stored:set(count); end;
	answer_time = function (seconds) answers:sample(seconds); end;
};
