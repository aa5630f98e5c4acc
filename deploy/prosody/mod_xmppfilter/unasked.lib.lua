-- What passes without having been judged is told to the admin in two lines, however much it is: when it begins, and when it
-- is over how many it were.

local time = require "util.time";
local now = time.monotonic or time.now;

local calm = 10; -- seconds without another one after which it is over

local reasons = {
	unavailable = "it is not connected";
	paused = "it does not answer";
	timeout = "it did not answer in time";
	overfull = "too many stanzas wait for it";
	too_large = "they are too large to be asked about";
};

-- `is_reached()` says whether the component can be asked now.
local function new(jid, is_reached)
	local passed, stopped, since, last, timer = 0, 0, nil, nil, nil;
	local unasked = {};

	-- It is over: say how many it were.
	function unasked.finish()
		if not since then return; end
		module:log("warn", "%d stanzas have passed without %s, %d of banned senders were stopped, in %d s", passed, jid, stopped,
			math.ceil(now() - since));
		passed, stopped, since = 0, 0, nil;
		if timer then timer:stop(); end
		timer = nil;
	end

	local function look()
		if is_reached() and now() - last >= calm then
			timer = nil;
			unasked.finish();
			return nil;
		end
		return calm;
	end

	-- One more, for a reason; `was_stopped` by the list of bans.
	function unasked.count(reason, was_stopped)
		last = now();
		if was_stopped then stopped = stopped + 1; else passed = passed + 1; end
		if since then return; end
		since = last;
		timer = module:add_timer(calm, look);
		module:log("warn", "stanzas of strangers are not judged by %s: %s", jid, reasons[reason] or reason);
	end

	return unasked;
end

return { new = new };
