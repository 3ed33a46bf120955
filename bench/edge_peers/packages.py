"""What must be installed (Debian's packages), found by the files that are used."""

import shutil
from pathlib import Path
from typing import Final

SEARCH_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # a user's PATH may lack sbin
_PROGRAMS: Final = {
    "gcc": "gcc",
    "openssl": "openssl",
    "nginx": "nginx-light",
    "freeradius": "freeradius",
    "setpriv": "util-linux",
}
_FILES: Final = {
    "/usr/include/stdio.h": "libc6-dev",
    "/usr/lib/freeradius/rlm_rest.so": "freeradius-rest",
    "/usr/lib/nginx/modules/ndk_http_module.so": "libnginx-mod-http-ndk",
    "/usr/lib/nginx/modules/ngx_http_lua_module.so": "libnginx-mod-http-lua",
}
_LUA_CJSON: Final = "*-linux-gnu*/lua/5.1/cjson.so"


def missing_packages() -> list[str]:
    """Empty if the benchmark can run."""
    missing = [package for program, package in _PROGRAMS.items() if shutil.which(program, path=SEARCH_PATH) is None]
    missing += [package for file, package in _FILES.items() if not Path(file).exists()]
    if not any(Path("/usr/lib").glob(_LUA_CJSON)):
        missing.append("lua-cjson")
    return missing


def program(name: str) -> str:
    """Its full path; the bare name if it is missing, which ``missing_packages`` has told."""
    return shutil.which(name, path=SEARCH_PATH) or name
