-- Questions as text. Building elements for them, and Prosody's own `tostring`, which makes several strings of each attribute,
-- would leave five times as much garbage behind, and collecting that was most of what a question cost.

local escape = require "util.stanza".xml_escape;
local find, match, concat = string.find, string.match, table.concat;

local separator = "\1"; -- stands between namespace and name of an attribute that has both (util.xmppstream)
local buffer = {}; -- used again and again; it grows to the largest stanza

local function escaped(text)
	return find(text, "['&<>\"]") and escape(text) or text;
end

-- Append an element behind position `at` of the buffer, and return where the buffer ends then. It stands in the namespace
-- `around`; `declaration` is written first among its attributes.
local function append(element, around, declaration, at)
	local name, attr = element.name, element.attr;
	buffer[at + 1], buffer[at + 2], buffer[at + 3] = "<", name, declaration;
	at = at + 3;
	local prefixes = 0;
	for key, value in pairs(attr) do
		if find(key, separator, 1, true) then
			local namespace, rest = match(key, "^([^\1]*)\1(.*)$");
			prefixes = prefixes + 1;
			buffer[at + 1] = (" xmlns:ns%d='%s' ns%d:%s='%s'"):format(prefixes, escape(namespace), prefixes, rest, escape(value));
			at = at + 1;
		elseif key ~= "xmlns" or value ~= around then
			buffer[at + 1], buffer[at + 2], buffer[at + 3], buffer[at + 4], buffer[at + 5] = " ", key, "='", escaped(value), "'";
			at = at + 5;
		end
	end
	local children = #element;
	if children == 0 then
		buffer[at + 1] = "/>";
		return at + 1;
	end
	at = at + 1;
	buffer[at] = ">";
	for i = 1, children do
		local child = element[i];
		if child.name then
			at = append(child, attr.xmlns, "", at);
		else
			at = at + 1;
			buffer[at] = escaped(child);
		end
	end
	buffer[at + 1], buffer[at + 2], buffer[at + 3] = "</", name, ">";
	return at + 3;
end

-- The stanza as XEP-0297 wants it carried, between what comes before and after it.
local function carry(before, id, addresses, meta, stanza, after)
	buffer[1], buffer[2], buffer[3], buffer[4] = before, id, addresses, meta;
	buffer[5] = "/><forwarded xmlns='urn:xmpp:forward:0'>";
	local last = append(stanza, stanza.attr.xmlns, " xmlns='jabber:client'", 5) + 1;
	buffer[last] = after;
	return concat(buffer, "", 1, last);
end

return { escaped = escaped; carry = carry };
