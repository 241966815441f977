/** The look of formulas, which are MathML: what browsers do not do by themselves. */
import { css } from "lit";

export const mathStyles = css`
  .math {
    /* A formula may not draw over what is around it. */
    overflow: clip;
    overflow-clip-margin: 0.5em;
  }
  div.math,
  .math.display {
    display: block;
    margin: 0.75em 0;
    padding: 0.2em 0;
    overflow: auto hidden;
    text-align: center;
  }
  .math:not([data-set]),
  .math.unknown {
    font-family: var(--pyagent-mono);
    font-size: 0.9em;
  }
  math {
    font-family:
      "STIX Two Math", "Cambria Math", "Latin Modern Math", "Noto Sans Math", "pyagent math", math;
    font-size: 1.08em;
    line-height: normal;
    text-indent: 0;
    overflow-wrap: normal;
  }
  math * {
    border-color: currentColor;
  }
  math.tml-display {
    display: block math;
    width: 100%;
  }
  mfrac > :nth-child(2),
  msqrt,
  mover > :first-child {
    math-shift: compact;
  }
  .tml-sml-pad {
    padding-left: 0.05em;
  }
  .tml-med-pad {
    padding-left: 0.1em;
  }
  .tml-lrg-pad {
    padding-left: 0.15em;
  }
  .tml-jot mtd {
    padding-block: 0.35ex;
  }
  .tml-left {
    text-align: left;
    text-align: -webkit-left;
  }
  .tml-right {
    text-align: right;
    text-align: -webkit-right;
  }
  menclose {
    position: relative;
    padding: 0.5ex 0;
  }
  .tml-overline {
    padding: 0.1em 0 0;
    border-top: 0.065em solid;
  }
  .tml-underline {
    padding: 0 0 0.1em;
    border-bottom: 0.065em solid;
  }
  .tml-fbox {
    padding: 3pt;
    border: 1px solid;
  }
  .tml-cancel {
    position: absolute;
    inset: auto auto 0 0.5px;
    display: inline-block;
    width: 100%;
    height: 100%;
    background: currentColor;
  }
  .upstrike {
    clip-path: polygon(0 100%, 0 calc(100% - 0.07em), 100% 0, 100% 0.07em);
  }
  .downstrike {
    clip-path: polygon(0 0, 0 0.07em, 100% 100%, 100% calc(100% - 0.07em));
  }
`;
