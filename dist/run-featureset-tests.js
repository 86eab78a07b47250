import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a as i}from"./chunks/25YDHYCH.js";import"./chunks/T3JJY5TO.js";import"./chunks/OXUYV6YT.js";import{f as o}from"./chunks/ON5NSZUK.js";import"./chunks/AY7N5JGK.js";import"./chunks/LOP4XTBE.js";import"./chunks/BZF6CUDW.js";import"./chunks/KT3J7JOM.js";await o(i);
