// The service worker. It lies at the root because its folder is its scope; all else of it is versioned.
import "/v/VERSION/js/worker/main.js";
