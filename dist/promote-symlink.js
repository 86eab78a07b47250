
import{a as i}from"./chunks/WTL5TTWP.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
