-- Which stanzas are asked about, and the marks that only the component may set on them.

local jid_resource = require "util.jid".resource;

local xmlns_tag = "urn:xmppfilter:tag:0";

-- Is this a stanza that strangers are asked about (deploy/PROTOCOL.md, section 1)?
local function is_judged(stanza)
	local kind = stanza.attr.type;
	if stanza.name == "presence" then return kind == "subscribe"; end
	if stanza.name ~= "message" then return false; end
	if kind == "error" then return not stanza:get_child("error"); end
	if kind == "groupchat" then return jid_resource(stanza.attr.to) == nil; end
	return true;
end

-- Errors and IQ results are never answered (RFC 6120 8.2.3 and 8.3.1), and of presence only a subscription request is.
local function may_be_answered(stanza)
	local kind = stanza.attr.type;
	if kind == "error" then return false; end
	if stanza.name == "iq" then return kind == "get" or kind == "set"; end
	return stanza.name == "message" or kind == "subscribe";
end

local function has_tags(stanza)
	return stanza:child_with_ns(xmlns_tag) ~= nil;
end

local function strip_tags(stanza)
	stanza:maptags(function (child)
		if child.attr.xmlns ~= xmlns_tag then return child; end
	end);
end

local function add_tags(stanza, source)
	for _, child in ipairs(source.tags) do
		if child.attr.xmlns == xmlns_tag then stanza:add_direct_child(child); end
	end
end

return {
	is_judged = is_judged;
	may_be_answered = may_be_answered;
	has_tags = has_tags;
	strip_tags = strip_tags;
	add_tags = add_tags;
};
