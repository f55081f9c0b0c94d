// A meeting's page: told that something changed it reads itself anew; while it is told nothing it looks by itself.
import htmx from "htmx.org";

const LOOK = 5000;
const AGAIN = 3000;
let source, heard, timer;
let reading = false;
let wanted = false;

const room = () => document.querySelector("[data-room]");
const open = () => source?.readyState === EventSource.OPEN;

async function read() {
  if (reading) return void (wanted = true);
  reading = true;
  wanted = false;
  // A server that does not answer is asked again; whoever is in need not hear of it.
  await replace().catch(() => {});
  reading = false;
  if (wanted) read();
}

async function replace() {
  const here = room();
  if (!here) return;
  const answer = await fetch(here.dataset.room, { headers: { "HX-Request": "true", "HX-Target": "room" } });
  if (answer.status === 404) return location.reload();
  if (!answer.ok) return;
  const text = await answer.text();
  // Who left meanwhile is shown what leaving came to.
  if (room()) htmx.swap(room(), text, { swapStyle: "outerHTML" });
  listen();
}

function listen() {
  const address = room()?.dataset.roomEvents;
  room()?.toggleAttribute("data-listening", open());
  if (source && heard === address && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  source = undefined;
  heard = address;
  clearInterval(timer);
  if (!address) return;
  source = new EventSource(address);
  source.onmessage = read;
  // What came before it listened was not heard.
  source.onopen = read;
  source.onerror = () => { if (source?.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN); };
  timer = setInterval(() => { if (!open()) read(); }, LOOK);
}

listen();
document.addEventListener("htmx:afterSettle", listen);
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

// A time is typed as it is here.
for (const field of document.querySelectorAll("input[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
