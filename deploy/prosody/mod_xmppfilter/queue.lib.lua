-- Stanzas that wait for their verdict: one line per pair of sender and recipient, carried out strictly in order.
--
-- An entry has a `pair`; it is *settled* once what becomes of it is known, and *carried out* when everything before it in
-- its line is settled too. A stanza that needs no check but comes behind one that is held is added already settled.

-- `carry_out(entry)` must do what was decided; `on_count(n)` is told how many entries are held.
local function new(carry_out, on_count)
	local lines = {}; -- [pair] = { first = n, last = m, [n..m] = entry }
	local count = 0;
	local added = 0;

	local function advance(pair)
		local line = lines[pair];
		-- Delivering may bring about another stanza of the same pair: it joins the line, and the outer loop takes it.
		if not line or line.advancing then return; end
		line.advancing = true;
		while line.first <= line.last and line[line.first].settled do
			local entry = line[line.first];
			line[line.first] = nil;
			line.first = line.first + 1;
			count = count - 1;
			local ok, err = pcall(carry_out, entry);
			if not ok then
				module:log("error", "could not carry out %s of %s: %s", entry.verdict and entry.verdict.attr.action or "delivery",
					entry.stanza:top_tag(), err);
			end
		end
		line.advancing = false;
		if line.first > line.last then lines[pair] = nil; end
		on_count(count);
	end

	local function has_line(pair)
		return lines[pair] ~= nil;
	end

	local function is_empty()
		return count == 0;
	end

	local function size()
		return count;
	end

	local function add(entry)
		local line = lines[entry.pair];
		if not line then
			line = { first = 1, last = 0 };
			lines[entry.pair] = line;
		end
		added = added + 1;
		entry.number = added;
		line.last = line.last + 1;
		line[line.last] = entry;
		count = count + 1;
		on_count(count);
	end

	-- Settle an entry; a second settlement changes nothing.
	local function settle(entry)
		if entry.settled then return; end
		entry.settled = true;
		advance(entry.pair);
	end

	-- The entries of one line that are not settled, in order.
	local function waiting(pair)
		local line, found = lines[pair], {};
		for n = line and line.first or 1, line and line.last or 0 do
			if not line[n].settled then found[#found + 1] = line[n]; end
		end
		return found;
	end

	return { add = add; settle = settle; has_line = has_line; is_empty = is_empty; size = size; waiting = waiting };
end

return { new = new };
