/*
 * Stands in for the built-in model of a browser, and follows the text of the published Prompt API
 * (https://webmachinelearning.github.io/prompt-api/). It runs as an init script.
 *
 * `promptApi.replies` are its next replies. A reply that is not a text is JSON, which this model
 * writes only if it is constrained to; otherwise it chats. `promptApi.prompts` records its prompts.
 */
(() => {
  const PIECE_CHARS = 7;
  const LANGUAGES = ["en", "ja", "es"];
  const api = (globalThis.promptApi = { replies: [], prompts: [], created: [], alive: 0 });

  class LanguageModel extends EventTarget {
    contextWindow = 9216;
    contextUsage = 0;
    #read = [];
    #ended = new AbortController();

    static async availability(options = {}) {
      return speaks(options) ? "available" : "unavailable";
    }

    static async create(options = {}) {
      const { initialPrompts = [], monitor, signal } = options;
      signal?.throwIfAborted();
      if (!speaks(options)) throw new DOMException("Another language.", "NotSupportedError");
      const told = new EventTarget();
      monitor?.(told);
      for (const loaded of [0, 1]) {
        told.dispatchEvent(new ProgressEvent("downloadprogress", { loaded, total: 1 }));
      }
      api.created.push(initialPrompts);
      return LanguageModel.#begin(checked(initialPrompts, "system"));
    }

    static #begin(read) {
      const session = new LanguageModel();
      api.alive += 1;
      session.#take(read);
      return session;
    }

    async clone({ signal } = {}) {
      this.#check(signal);
      return LanguageModel.#begin(this.#read);
    }

    async measureContextUsage(input, { signal } = {}) {
      this.#check(signal);
      return tokensOf(messagesOf(input));
    }

    promptStreaming(input, { responseConstraint, signal } = {}) {
      const pieces = this.#answer(input, responseConstraint, signal);
      return new ReadableStream({
        async pull(controller) {
          const { value, done } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      });
    }

    destroy() {
      if (this.#ended.signal.aborted) return;
      this.#ended.abort(new DOMException("The session was destroyed.", "AbortError"));
      api.alive -= 1;
    }

    async *#answer(input, constraint, signal) {
      this.#check(signal);
      const asked = checked(messagesOf(input));
      if (asked.length === 0) throw new DOMException("No messages.", "SyntaxError");
      api.prompts.push({ before: this.#read, asked, constraint: constraint ?? null });
      const reply = said(api.replies.shift(), constraint);
      for (let at = 0; at < reply.length; at += PIECE_CHARS) {
        await new Promise((next) => setTimeout(next));
        this.#check(signal);
        yield reply.slice(at, at + PIECE_CHARS);
      }
      this.#take([...asked, { role: "assistant", content: reply }]);
    }

    #take(messages) {
      const usage = this.contextUsage + tokensOf(messages);
      if (usage > this.contextWindow) throw new DOMException("Too long.", "QuotaExceededError");
      this.contextUsage = usage;
      this.#read = [...this.#read, ...messages];
    }

    #check(signal) {
      signal?.throwIfAborted();
      this.#ended.signal.throwIfAborted();
    }
  }

  function speaks({ expectedOutputs = [] }) {
    return expectedOutputs.every(
      ({ type, languages = [] }) =>
        type === "text" && languages.every((language) => LANGUAGES.includes(language)),
    );
  }

  function messagesOf(input) {
    return typeof input === "string" ? [{ role: "user", content: input }] : input;
  }

  /** Roles must be user and assistant; only the first message may have another role. */
  function checked(messages, first) {
    messages.forEach(({ role, content }, index) => {
      const known = ["user", "assistant"].includes(role) || (index === 0 && role === first);
      if (!known || typeof content !== "string") throw new TypeError(`Not here: ${role}`);
    });
    return messages;
  }

  function said(reply, constraint) {
    if (reply === undefined) throw new DOMException("No more replies.", "OperationError");
    if (typeof reply === "string") return reply;
    return constraint ? JSON.stringify(reply) : "Of course! Let me think about that.";
  }

  function tokensOf(messages) {
    return messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0);
  }

  globalThis.LanguageModel = LanguageModel;
})();
