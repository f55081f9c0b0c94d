// Times: the server tells them in UTC, here they become the reader's, with the zone on hover.
const format = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "medium",
});
const { timeZone } = format.resolvedOptions();

function tell(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    time.textContent = format.format(new Date(time.dateTime));
    time.title = timeZone;
    time.removeAttribute("data-moment");
  }
}

tell(document);
document.addEventListener("htmx:load", (event) => tell(event.detail.elt));
