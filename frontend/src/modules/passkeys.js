// Passkeys: form[data-passkey] asks the server (data-ask) what to ask the browser for, and sends the browser's answer.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const known = typeof PublicKeyCredential === "function" && !!navigator.credentials;
const WORDS = { NotAllowedError: "textCanceled", AbortError: "textCanceled", InvalidStateError: "textKnown", SecurityError: "textUnfit" };

function show(root = document) {
  if (!known) return;
  for (const form of root.querySelectorAll("[data-passkey]")) form.hidden = false;
  for (const words of root.querySelectorAll("[data-passkey-missing]")) words.hidden = true;
  for (const words of root.querySelectorAll("[data-passkey-with]")) words.hidden = false;
}

async function asked(form) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const answer = await fetch(form.dataset.ask, { method: "POST", headers: { "x-csrf-token": token } });
  if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) throw new Error(`${answer.status}`);
  return answer.json();
}

const keys = (list) => list?.map((key) => ({ ...key, id: bytes(key.id) }));

function readable(options) {
  const { user } = options;
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(user && { user: { ...user, id: bytes(user.id) } }),
    excludeCredentials: keys(options.excludeCredentials),
    allowCredentials: keys(options.allowCredentials),
  };
}

function sendable({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const sent = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
  return JSON.stringify({ id, rawId: text(rawId), type, response: sent, clientExtensionResults: {} });
}

function tell(form, words) {
  const place = form.querySelector("[data-passkey-error]");
  place.querySelector("[data-words]").textContent = words;
  place.hidden = !words;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  tell(form, "");
  try {
    const publicKey = readable(await asked(form));
    const made = form.dataset.passkey === "create" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
    form.elements.passkey.value = sendable(await made);
    form.submit();
  } catch (error) {
    tell(form, form.dataset[WORDS[error.name] ?? "textFailed"]);
    button.disabled = false;
  }
});

show();
