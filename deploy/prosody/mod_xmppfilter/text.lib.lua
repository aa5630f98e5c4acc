-- Questions as text. Building elements for them, and Prosody's own `tostring`, which makes several strings of each attribute,
-- would leave five times as much garbage behind, and collecting that was most of what a question cost. Besides, `tostring`
-- writes a quotation mark as six bytes where one would do, and binds the namespace of `xml:`, which no parser accepts.

local find, match, gsub, concat = string.find, string.match, string.gsub, table.concat;

local separator = "\1"; -- stands between namespace and name of an attribute that has both (util.xmppstream)
local xmlns_xml = "http://www.w3.org/XML/1998/namespace";
local longest_attribute = 1024; -- bytes of one that a stanza without its content keeps
local buffer = {}; -- used again and again; it grows to the largest stanza

-- A reader turns a raw carriage return into a newline, and what white space stands raw in an attribute into spaces.
local in_text = { ["&"] = "&amp;", ["<"] = "&lt;", ["\r"] = "&#13;" };
local in_attribute = {
	["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["'"] = "&apos;", ["\t"] = "&#9;", ["\n"] = "&#10;", ["\r"] = "&#13;",
};

-- As it may stand in an attribute between apostrophes.
local function escaped(text)
	return find(text, "[&<>'\t\n\r]") and gsub(text, "[&<>'\t\n\r]", in_attribute) or text;
end

-- As it may stand between tags. Only `]]>` is forbidden there, and the text before may end with a part of it.
local function escaped_text(text)
	if not find(text, "[&<>\r]") then return text; end
	text = gsub(text, "[&<\r]", in_text);
	if find(text, ">", 1, true) then text = gsub(gsub(text, "%]>", "]&gt;"), "^>", "&gt;"); end
	return text;
end

-- Append an element behind position `at` of the buffer, and return where the buffer ends then. It stands in the namespace
-- `around`; `declaration` is written first among its attributes.
local function append(element, around, declaration, at)
	local name, attr = element.name, element.attr;
	local namespace = attr.xmlns;
	if namespace == xmlns_xml then
		name, namespace = "xml:"..name, around;
	end
	buffer[at + 1], buffer[at + 2], buffer[at + 3] = "<", name, declaration;
	at = at + 3;
	local prefixes = 0;
	for key, value in pairs(attr) do
		if find(key, separator, 1, true) then
			local of, rest = match(key, "^([^\1]*)\1(.*)$");
			if of == xmlns_xml then
				buffer[at + 1] = (" xml:%s='%s'"):format(rest, escaped(value));
			else
				prefixes = prefixes + 1;
				buffer[at + 1] = (" xmlns:ns%d='%s' ns%d:%s='%s'"):format(prefixes, escaped(of), prefixes, rest, escaped(value));
			end
			at = at + 1;
		elseif key ~= "xmlns" or namespace ~= around then
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
			at = append(child, namespace, "", at);
		else
			at = at + 1;
			buffer[at] = escaped_text(child);
		end
	end
	buffer[at + 1], buffer[at + 2], buffer[at + 3] = "</", name, ">";
	return at + 3;
end

-- The stanza as XEP-0297 wants it carried, between what comes before and after it. Nil and how many bytes the stanza alone
-- has, when that would be more than `limit` bytes.
local function carry(limit, before, id, addresses, meta, stanza, after)
	buffer[1], buffer[2], buffer[3], buffer[4] = before, id, addresses, meta;
	buffer[5] = "/><forwarded xmlns='urn:xmpp:forward:0'>";
	local last = append(stanza, stanza.attr.xmlns, " xmlns='jabber:client'", 5) + 1;
	buffer[last] = after;
	local carried = concat(buffer, "", 1, last);
	if #carried <= limit then return carried; end
	local around = #after;
	for i = 1, 5 do around = around + #buffer[i]; end
	return nil, #carried - around;
end

-- The same of a stanza that is too large: its start tag alone, and its size in <meta/>.
local function carry_stripped(limit, before, id, addresses, meta, stanza, after, size)
	local attr = {};
	for _, name in ipairs{ "from", "to", "type", "id", "xml:lang" } do
		local value = stanza.attr[name];
		if value and (#value <= longest_attribute or name == "from" or name == "to") then attr[name] = value; end
	end
	return (carry(limit, before, id, addresses, meta.." size='"..size.."'", { name = stanza.name, attr = attr }, after));
end

return { escaped = escaped; carry = carry; carry_stripped = carry_stripped; append = append };
