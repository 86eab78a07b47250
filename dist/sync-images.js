
import{a as i}from"./chunks/A64YYU77.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
