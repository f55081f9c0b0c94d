import htmx from "htmx.org";
import { toast } from "./toasts.js";

// Settings stand in the page's htmx-config meta tag; here is only what needs code.
window.htmx = htmx;

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["x-csrf-token"] = meta("csrf-token");
});

// A session that has ended answers 401: the page itself, asked again, leads to the sign-in.
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401) return location.reload();
  toast({ kind: "broken", text: meta(status === 429 ? "text-too-many" : status < 500 ? "text-refused" : "text-failed") });
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast({ kind: "broken", text: meta("text-offline") }));
}
