// Works out the SHA-256 digest of a chosen file on the spot, so that nobody has to send it anywhere. The browser's own
// digests are there only for pages that came by https; an intranet may do without, so it is written out here (FIPS 180-4).
"use strict";

(() => {
  // The first 32 bits of what follows the point in square roots and cube roots of the first primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) {
    if (primes.every((prime) => n % prime)) primes.push(n);
  }
  const bits = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  const START = primes.slice(0, 8).map((prime) => bits(Math.sqrt(prime)));
  const ROUNDS = primes.map((prime) => bits(Math.cbrt(prime)));

  const turn = (word, by) => (word >>> by) | (word << (32 - by));

  function block(state, view, at, words) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const early = words[i - 15];
      const late = words[i - 2];
      const small0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const small1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      words[i] = (words[i - 16] + small0 + words[i - 7] + small1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const large1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + large1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const large0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) | 0; });
  }

  function sha256(bytes) {
    const whole = bytes.length - (bytes.length % 64);
    const rest = new Uint8Array(bytes.length % 64 < 56 ? 64 : 128);
    rest.set(bytes.subarray(whole));
    rest[bytes.length - whole] = 0x80;
    const end = new DataView(rest.buffer);
    end.setUint32(rest.length - 8, Math.floor(bytes.length / 2 ** 29));
    end.setUint32(rest.length - 4, (bytes.length * 8) >>> 0);
    const state = Int32Array.from(START);
    const words = new Int32Array(64);
    const view = new DataView(bytes.buffer, bytes.byteOffset, whole);
    for (let at = 0; at < whole; at += 64) block(state, view, at, words);
    for (let at = 0; at < rest.length; at += 64) block(state, end, at, words);
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  const form = document.querySelector("form[data-digest]");
  const place = form.querySelector("[data-file]");
  const chosen = place.querySelector("input");
  const state = place.querySelector("[data-state]");
  place.hidden = false;
  chosen.addEventListener("change", async () => {
    const file = chosen.files[0];
    if (!file) return;
    form.elements.digest.value = "";
    state.textContent = state.dataset.working;
    form.elements.digest.value = sha256(new Uint8Array(await file.arrayBuffer()));
    state.textContent = state.dataset.ready;
  });
})();
