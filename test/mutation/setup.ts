import fc from "fast-check";

// A mutant is judged by the same draws every time, and not by all of them; a failure kills it, whatever the smallest example.
fc.configureGlobal({ seed: 1, endOnFailure: true, interruptAfterTimeLimit: 300, markInterruptAsFailure: false });
