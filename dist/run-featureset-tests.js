import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a as i}from"./chunks/5SBE2B2O.js";import"./chunks/MPCLKAOX.js";import"./chunks/ZZTBWWWX.js";import{f as o}from"./chunks/LPEJDOUH.js";import"./chunks/R2KZ37D5.js";import"./chunks/LOP4XTBE.js";import"./chunks/SQAY6IIJ.js";import"./chunks/KT3J7JOM.js";await o(i);
