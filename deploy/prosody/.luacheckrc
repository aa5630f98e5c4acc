-- luacheck --config deploy/prosody/.luacheckrc deploy/prosody
std = "min"; -- what Lua 5.1 to 5.4 have in common: Prosody runs on any of them
max_line_length = 130;
read_globals = {
	"prosody";
	module = { fields = { load = { read_only = false }, unload = { read_only = false } }, other_fields = true };
};
