/** The smallest child: says that it runs. */
process.send?.("running");
