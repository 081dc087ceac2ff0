/* What the pages do beyond plain HTML and htmx. Everything here improves on something that works without it. */
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  /* What polls say over and over is read aloud once; what somebody asks for again, again. */
  const announce = (text) => { const box = $("#announcer"); if (box && text && box.textContent !== text) box.textContent = text; };
  const hush = () => { const box = $("#announcer"); if (box) box.textContent = ""; };
  const typing = (el) => el.closest("input, textarea, select, [contenteditable]") !== null;

  /* ---- Theme: switch at once, and tell the server so that the next page comes right */
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    document.documentElement.dataset.theme = event.submitter.value;
    for (const choice of document.querySelectorAll(".theme-choice")) {
      choice.setAttribute("aria-pressed", String(choice.value === event.submitter.value));
    }
    announce(event.submitter.title);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" }).catch(offline);
  });

  /* ---- Busy buttons: keep their width, say what happens, cannot be pressed twice */
  const busy = (button) => {
    if (!button || button.matches(".is-busy")) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.classList.add("is-busy");
    button.dataset.working = "yes";
    button.setAttribute("aria-disabled", "true");
    const label = $(".btn-label", button);
    if (label && button.dataset.busy) { button.dataset.label = label.textContent; label.textContent = button.dataset.busy; }
  };
  const idle = (button) => {
    button.classList.remove("is-busy");
    delete button.dataset.working;
    button.removeAttribute("aria-disabled");
    button.style.minWidth = "";
    const label = $(".btn-label", button);
    if (label && button.dataset.label) { label.textContent = button.dataset.label; delete button.dataset.label; }
  };
  /* The other buttons of a form that is sent wait for its answer: it replaces them, and a press would be lost without a word */
  const sendersOf = (el) => (el.matches("form") ? [...el.querySelectorAll('button:not([type="button"])')] : []);
  const hold = (el) => sendersOf(el).filter((button) => !button.ariaDisabled).forEach((button) => {
    button.dataset.waiting = "yes";
    button.ariaDisabled = "true";
  });
  const release = (el) => sendersOf(el).filter((button) => button.dataset.waiting).forEach((button) => {
    delete button.dataset.waiting;
    button.ariaDisabled = null;
  });
  const isAskedFor = (event) => /click|submit|change|input|search/.test(event.detail.requestConfig?.triggeringEvent?.type);
  const buttonOf = (event) => {
    const el = event.detail.elt;
    const trigger = event.detail.requestConfig?.triggeringEvent;
    return trigger?.submitter ?? (el.matches("button, a.btn") ? el : null);
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    busy(buttonOf(event));
    hold(event.detail.elt);
    if (isAskedFor(event)) hush();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    release(event.detail.elt);
    const el = buttonOf(event);
    if (el) idle(el);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-working]").forEach(idle));

  /* ---- Questions before an action: data-confirm on a form, hx-confirm on anything */
  const ask = (question) => new Promise((answer) => {
    const box = $("#confirm");
    $("#confirm-text", box).textContent = question;
    box.returnValue = "no";
    box.addEventListener("close", () => answer(box.returnValue === "yes"), { once: true });
    box.showModal();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.submitter?.matches(".is-busy, [data-waiting]")) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (!form.dataset.confirm || form.dataset.confirmed) { delete form.dataset.confirmed; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(form.dataset.confirm)) { form.dataset.confirmed = "yes"; form.requestSubmit(event.submitter); }
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method === "post") busy(event.submitter);
  });
  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question)) event.detail.issueRequest(true);
  });

  /* ---- What follows live rests while nobody looks, and while something is ticked in it */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const el = event.detail.elt;
    if (el.matches("[data-live]") && (document.hidden || $("input:checked", el))) event.preventDefault();
  });

  /* ---- Banners: dismiss, and what to say when no answer comes */
  const offline = () => {
    const words = $("#banner-offline");
    if (words) $("#banner").replaceChildren(words.content.cloneNode(true));
  };
  document.addEventListener("htmx:sendError", offline);
  document.addEventListener("htmx:timeout", offline);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "banner") event.target.scrollIntoView({ block: "nearest" });
  });

  /* ---- Focus stays where the person is: on what replaced it, or on the first field that needs a look */
  const wrong = 'form[method="post"] [aria-invalid="true"]:not([disabled])';
  const focusWrong = (from) => { const field = $(wrong, from); if (field) field.focus(); return field !== null; };
  const showAnswer = (part) => { // on a phone the answer to a button may be far below it
    const { top, bottom } = part.getBoundingClientRect();
    if (top > innerHeight - 80 || bottom < 80) part.scrollIntoView({ block: "start" });
  };
  let lost = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const at = document.activeElement;
    lost = at !== document.body && event.detail.target.contains(at) ? at : null;
  });
  const likeness = (from, old) => [...from.querySelectorAll(old.tagName)].find(
    (el) => el.textContent.trim() === old.textContent.trim() && el.name === old.name && el.href === old.href && el.checkVisibility());
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.target;
    const told = part.matches("[data-announce]") ? part : $("[data-announce]", part);
    announce(told?.dataset.announce ?? event.detail.requestConfig?.elt.dataset.says);
    if (part.closest("#drawer-body") && !$("#drawer").open) $("#drawer").showModal();
    if (event.detail.xhr?.status === 422 && focusWrong(part)) return;
    if (lost && (document.activeElement === document.body || document.activeElement === null)) {
      const heir = likeness(part, lost) ?? part;
      if (heir === part && part.tabIndex < 0) part.tabIndex = -1;
      heir.focus({ preventScroll: true });
    }
    lost = null;
    if (/click|submit/.test(event.detail.requestConfig?.triggeringEvent?.type)) showAnswer(part);
  });
  document.addEventListener("announce", (event) => announce(event.detail?.value));

  /* ---- Clicks: copy, reveal, open, close, dismiss */
  const copy = async (button) => {
    const from = button.dataset.copyFrom && $(button.dataset.copyFrom);
    const text = from ? from.textContent.trim() : button.dataset.copyText;
    const label = $(".btn-label", button);
    const before = button.dataset.before ?? label.textContent;
    button.dataset.before = before;
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = button.dataset.copied;
    } catch {
      if (from) getSelection().selectAllChildren(from); // no clipboard without https: leave it selected
      label.textContent = button.dataset.notCopied;
    }
    announce(label.textContent);
    setTimeout(() => { label.textContent = before; hush(); }, 2500);
  };
  const reveal = (button) => {
    const field = $(button.dataset.reveal);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let el;
    if ((el = on("[data-copy-from], [data-copy-text]"))) copy(el);
    else if ((el = on("[data-reveal]"))) reveal(el);
    else if ((el = on("[data-dismiss]"))) el.closest(".banner").remove();
    else if ((el = on("[data-close-details]"))) { const box = el.closest("details"); box.open = false; $("summary", box).focus(); }
    else if ((el = on("[data-open]"))) {
      const box = $(el.dataset.open);
      if (box?.showModal) { event.preventDefault(); el.closest("details.popmenu")?.removeAttribute("open"); box.showModal(); }
    } else if (event.target.matches("dialog.dialog[open], dialog.drawer[open]")) event.target.close(); // a click on the backdrop
    for (const menu of document.querySelectorAll("details.popmenu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  /* ---- Keyboard: "/" searches, "?" lists, "g" and a letter jumps, Escape closes an open menu */
  let jumping = false;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = $("details.popmenu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    const target = jumping && $(`[data-jump="${CSS.escape(event.key)}"]`);
    jumping = event.key === "g";
    if (target) { event.preventDefault(); location.assign(target.href); }
    else if (event.key === "/" && $("#search")) { event.preventDefault(); $("#search").select(); $("#search").focus(); }
    else if (event.key === "?" && $("#keys")) $("#keys").showModal();
  });

  /* ---- The time in a zone that is being chosen, as a check of the choice */
  const showZone = (field) => {
    const out = $(field.dataset.zonePreview);
    try {
      const form = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: field.value };
      out.textContent = field.value ? new Intl.DateTimeFormat(document.documentElement.lang, form).format(new Date()) : "";
    } catch { out.textContent = ""; } // not a zone yet
    out.parentElement.hidden = !out.textContent;
  };
  document.addEventListener("input", (event) => { if (event.target.dataset.zonePreview) showZone(event.target); });
  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("[data-zone-preview]")) {
      field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone; // a guess to look at: the server may stand elsewhere
      showZone(field);
    }
    focusWrong(document);
    $(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  });
})();
