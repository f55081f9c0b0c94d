// A meeting's page: told by the server that something changed it reads itself anew; while it is told nothing it looks by itself.
import htmx from "htmx.org";

const LOOK = 5000;
const AGAIN = 3000;
let source, heard, timer;
let reading = false;
let wanted = false;

const room = () => document.querySelector("[data-room]");

async function read() {
  if (reading) return void (wanted = true);
  const here = room();
  if (!here) return;
  reading = true;
  try {
    await htmx.ajax("GET", here.dataset.room, { target: here, swap: "outerHTML" });
  } finally {
    reading = false;
    if (wanted) { wanted = false; read(); }
  }
}

function listen() {
  const address = room()?.dataset.roomEvents;
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
  timer = setInterval(() => { if (source?.readyState !== EventSource.OPEN) read(); }, LOOK);
}

listen();
document.addEventListener("htmx:afterSettle", listen);
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

// A time is typed as it is here.
for (const field of document.querySelectorAll("input[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
