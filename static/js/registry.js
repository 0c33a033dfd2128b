// Conveniences only: every page works without this file.
"use strict";

(() => {
  // A link to a field leads into it, also into a group of choices, which cannot take the focus itself.
  function enter(hash) {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    const control = target && target.id.startsWith("id_") &&
      (target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea"));
    if (!control) return false;
    (control.closest(".field") || control).scrollIntoView();
    control.focus({ preventScroll: true });
    return true;
  }

  const summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (link && enter(link.hash)) event.preventDefault();
    });
  } else {
    // After the browser's own jump, which would take the focus away again.
    window.addEventListener("load", () => setTimeout(() => enter(location.hash)));
  }

  // A counter under long texts, <textarea data-counter="2000">: shown at once, spoken only after a pause.
  function count(area) {
    const most = Number(area.dataset.counter || area.maxLength);
    const line = document.createElement("div");
    const spoken = document.createElement("div");
    line.className = "counter";
    line.setAttribute("aria-hidden", "true");
    spoken.className = "visually-hidden";
    spoken.setAttribute("role", "status");
    area.after(line, spoken);
    area.removeAttribute("data-counter");
    let pause;
    const show = (speak) => {
      const length = [...area.value].length;
      const text = document.body.dataset.counterText.replace("{count}", length).replace("{max}", most);
      line.textContent = text;
      line.hidden = length === 0;
      line.classList.toggle("counter-full", length > most);
      clearTimeout(pause);
      if (speak) pause = setTimeout(() => { spoken.textContent = text; }, 1500);
    };
    area.addEventListener("input", () => show(true));
    show(false);
  }

  // <form data-guard>: leaving with text that was not sent asks first. Saving in the background calls it clean again.
  const unsaved = new Set();
  window.addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((form) => form.isConnected)) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) unsaved.add(form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-guard]");
    // Asking for a preview stores nothing.
    if (form && event.detail.successful && event.detail.requestConfig.verb !== "get") unsaved.delete(form);
  });

  // <form data-once>: a double click sends once. Free again after a while, for answers that leave the page in place.
  const sent = new WeakSet();
  const free = (form) => {
    sent.delete(form);
    form.classList.remove("is-busy");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.matches("[data-once]")) {
      if (sent.has(form)) {
        event.preventDefault();
        return;
      }
      sent.add(form);
      form.classList.add("is-busy");
      setTimeout(() => free(form), 10000);
    }
    // Another language, or signing out, leaves a form behind; one that came back in answer to itself holds text that is
    // stored nowhere.
    if (form.closest(".site-account")) {
      document.querySelectorAll("body[data-answer] form[data-guard]").forEach((each) => unsaved.add(each));
    } else {
      unsaved.clear();
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach(free);
  });

  // <button data-print hidden>: shown only where it can work.
  function printer(button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
    button.removeAttribute("data-print");
  }

  // Some minutes before the session ends, a line that says so, with a button that keeps it. Used in another window counts.
  const idle = document.getElementById("idle");
  if (idle) {
    const patience = Number(idle.dataset.after) * 1000;
    let timer;
    const used = () => {
      localStorage.setItem("used", String(Date.now()));
      watch();
    };
    const watch = () => {
      const left = Number(localStorage.getItem("used")) + patience - Date.now();
      clearTimeout(timer);
      idle.hidden = left > 0;
      if (left > 0) timer = setTimeout(watch, left);
    };
    idle.querySelector("button").addEventListener("click", async () => {
      const answer = await fetch(idle.dataset.stay, { redirect: "manual" });
      if (answer.status === 204) used(); // else the session has ended; what is typed is kept when it is sent
    });
    // What a page asks for by itself, <div data-by-itself>, is no sign that somebody is there.
    document.addEventListener("htmx:afterRequest", (event) => {
      if (!event.target.closest("[data-by-itself]")) used();
    });
    window.addEventListener("storage", watch);
    used();
  }

  // Requests of htmx carry the token that the page's own forms carry.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) event.detail.headers["X-CSRFToken"] = token.value;
  });

  // A table wider than its frame fades out at the side where it goes on.
  function frame(region) {
    const look = () => {
      region.classList.toggle("goes-on", region.scrollWidth - region.clientWidth - region.scrollLeft > 1);
    };
    region.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(region);
  }

  function equip(root) {
    root.querySelectorAll("textarea[data-counter]").forEach(count);
    root.querySelectorAll("button[data-print]").forEach(printer);
    root.querySelectorAll(".table-responsive").forEach(frame);
  }
  equip(document);
  document.addEventListener("htmx:load", (event) => equip(event.detail.elt));
})();
