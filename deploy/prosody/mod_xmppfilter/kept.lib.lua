-- Stanzas under `hold`: kept in the store `xmppfilter_kept`, one record each, until the component releases or discards them.
-- What is kept too long, or does not fit, is delivered.

local st = require "util.stanza";
local datetime = require "util.datetime";
local sha1 = require "util.hashes".sha1;

local default_time = 7 * 86400; -- seconds, when the verdict does not say
local longest_sleep = 3600;
local largest = 64 * 1024; -- bytes of one stanza

-- `deliver(stanza, outbound)` delivers one; `on_count(n)` is told how many are kept.
local function new(capacity, deliver, on_count)
	local store = module:open_store("xmppfilter_kept", "keyval");
	local index = {}; -- [key] = { expires = Unix time, received = Unix time }
	local count = 0;
	local timer;

	-- References of different components never meet, and a key is always a good file name.
	local function key_of(component, ref)
		return sha1(component.."\0"..ref, true);
	end

	local function remember(key, record)
		index[key] = { expires = record.expires, received = record.received, number = record.number };
		count = count + 1;
		on_count(count);
	end

	local function remove(key)
		index[key] = nil;
		count = count - 1;
		on_count(count);
		local ok, err = store:set(key, nil);
		if not ok then module:log("error", "could not remove a kept stanza: %s", err); end
	end

	-- Deliver what is kept under a key; `add_tags(stanza)` may add children. Only then is it removed: a crash in between
	-- delivers it twice rather than never.
	local function release(key, add_tags)
		local record, err = store:get(key);
		if err then return nil, err; end
		if record then
			local stanza = st.deserialize(record.stanza);
			if stanza.name == "message" then
				stanza:tag("delay", { xmlns = "urn:xmpp:delay", from = module.host, stamp = datetime.datetime(record.received) }):up();
			end
			if add_tags then add_tags(stanza); end
			local ok, problem = pcall(deliver, stanza, record.outbound == true);
			if not ok then return nil, problem; end
		end
		remove(key);
		return true;
	end

	local schedule;
	local function release_expired()
		timer = nil;
		local now, due = os.time(), {};
		for key, entry in pairs(index) do
			if entry.expires <= now then due[#due + 1] = key; end
		end
		table.sort(due, function (a, b)
			local first, second = index[a], index[b];
			if first.received ~= second.received then return first.received < second.received; end
			return first.number < second.number;
		end);
		for _, key in ipairs(due) do
			module:log("info", "a kept stanza has expired: delivering");
			local ok, err = release(key);
			if not ok then
				module:log("error", "could not deliver a kept stanza, trying again later: %s", err);
				index[key].expires = now + longest_sleep;
			end
		end
		schedule();
	end

	function schedule()
		local earliest;
		for _, entry in pairs(index) do
			if not earliest or entry.expires < earliest then earliest = entry.expires; end
		end
		if timer then timer:stop(); end
		timer = nil;
		if earliest then
			timer = module:add_timer(math.max(0.1, math.min(earliest - os.time(), longest_sleep)), release_expired);
		end
	end

	local kept = {};

	-- Returns true when the stanza is in the store, or nil and why it must be delivered.
	function kept.keep(component, verdict, stanza, outbound, number)
		local ref = verdict.attr.ref;
		if not ref or ref == "" then return nil, "no ref"; end
		local key = key_of(component, ref);
		if index[key] then return nil, "ref is in use"; end
		if count >= capacity then return nil, "store is full"; end
		if #tostring(stanza) > largest then return nil, "it is too large"; end
		local now = os.time();
		local record = {
			stanza = st.preserialize(stanza);
			outbound = outbound;
			received = now;
			number = number;
			expires = datetime.parse(verdict.attr.expires) or now + default_time;
		};
		local ok, err = store:set(key, record);
		if not ok then return nil, err; end
		remember(key, record);
		schedule();
		return true;
	end

	function kept.has(component, ref)
		return index[key_of(component, ref)] ~= nil;
	end

	-- Returns true, or nil and an error when it could not be delivered and is still kept.
	function kept.release(component, ref, add_tags)
		return release(key_of(component, ref), add_tags);
	end

	function kept.discard(component, ref)
		remove(key_of(component, ref));
	end

	-- Reading one record must not cost the others.
	function kept.load()
		local keys = {};
		for key in store:users() do keys[#keys + 1] = key; end
		for _, key in ipairs(keys) do
			local record, err = store:get(key);
			if record and record.stanza then
				remember(key, record);
			elseif err then
				module:log("error", "could not read a kept stanza: %s", err);
			end
		end
		schedule();
	end

	return kept;
end

return { new = new };
